"""Makes the kit's types of `events/schemas/`: `schemas` reads these, and has a language write down what it finds."""
