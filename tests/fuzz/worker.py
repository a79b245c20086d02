"""One target under atheris, in a process of its own: ``python -m tests.fuzz.worker NAME``, then libFuzzer's options."""

import sys
from random import Random

import atheris

from tests.fuzz.mutations import mutated
from tests.fuzz.target import Target


def main(name: str, arguments: list[str]) -> None:
    """Fuzz until a promise is broken or the time is over; libFuzzer ends the process."""
    with atheris.instrument_imports(include=["twilio_connector"]):
        target = Target.load(name)

    def changed(data: bytes, most: int, seed: int) -> bytes:
        """By atheris' own mutations, in places that keep a document one."""
        if not target.is_json:
            return bytes(atheris.Mutate(data, most))
        return mutated(data, most, Random(seed), atheris.Mutate, target.words)

    atheris.Setup([sys.argv[0], *arguments], target.fuzz_one, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
