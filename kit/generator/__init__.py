"""Makes the kit's types from `events/schemas/`: `schemas` reads these, and a language's module writes the types."""
