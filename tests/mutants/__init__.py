"""`make mutants`: changes the layer in small ways, and sees whether the tests notice. Start with ``parts``."""
