"""`make kit`: writes the types in both languages. With `--check`, as in `make check`: exits with 1 if they differ."""

import sys
from pathlib import Path

from kit.generator.python import Python
from kit.generator.schemas import Language, written
from kit.generator.typescript import TypeScript

KIT = Path(__file__).resolve().parent.parent
SCHEMAS = KIT.parent / "events" / "schemas"
FILES: dict[str, Language] = {"python/twilio_connector_events/v1.py": Python(), "typescript/index.d.ts": TypeScript()}


def drift(schemas: Path, kit: Path) -> dict[str, str]:
    """The files of *kit* that differ from what *schemas* make: by path, with the contents that they should have."""
    wanted = {name: written(schemas, language) for name, language in FILES.items()}
    return {
        name: text for name, text in wanted.items() if not (kit / name).exists() or (kit / name).read_text() != text
    }


def main(arguments: list[str], schemas: Path = SCHEMAS, kit: Path = KIT) -> int:
    """Write the files, or say which of them differ."""
    drifted = drift(schemas, kit)
    for name, text in drifted.items():
        if "--check" in arguments:
            print(f"kit/{name} is not what events/schemas/ says: `make kit` writes it anew.")
        else:
            (kit / name).write_text(text)
    return int("--check" in arguments and bool(drifted))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
