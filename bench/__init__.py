"""`make bench`: the built functions next to what people would otherwise deploy, in one run."""
