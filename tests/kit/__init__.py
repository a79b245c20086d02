"""`make types`: checks the kit and the examples with type checkers, in Python and in TypeScript."""
