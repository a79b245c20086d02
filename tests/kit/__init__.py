"""`make types`: what type checkers make of the kit and of the examples, in Python and in TypeScript."""
