"""`make mutants`: changes the layer in small ways, and checks whether the tests notice. Start with ``parts``."""
