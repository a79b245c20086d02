"""What Twilio's own SDK for Python POSTs to, read from its source: an oracle for our table of operations."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import twilio.rest

ROOT = Path(twilio.rest.__file__).parent


@cache
def posts(domains: str = "*") -> frozenset[tuple[str, str]]:
    """Product and path of every operation of the *domains*, a pattern of their folders' names.

    ``("verify", "/v2/Services/{}/Verifications")``, without ``.json``.
    """
    found = set()
    for domain in sorted(path for path in ROOT.glob(domains) if path.is_dir() and (path / "__init__.py").exists()):
        [base] = domain.glob("*Base.py")
        product = _only(r'"https://([a-z-]+)\.twilio\.com"', base)
        for version in sorted(path for path in domain.iterdir() if (path / "__init__.py").exists()):
            prefix = _only(r'super\(\).__init__\(\s*domain,\s*"([^"]*)"', version / "__init__.py")
            for file in sorted(version.rglob("*.py")):
                text = file.read_text()
                # To parse them is what takes time, and half of them only read.
                for path in _posted_in(ast.parse(text)) if "POST" in text else ():
                    found.add((product, re.sub(r"\{[^}]*\}", "{}", f"/{prefix}{path}").removesuffix(".json")))
    return frozenset(found)


def _posted_in(module: ast.Module) -> Iterator[str]:
    for resource in module.body:
        if isinstance(resource, ast.ClassDef) and _posts(resource):
            yield from _uris(resource)


def _posts(resource: ast.ClassDef) -> bool:
    keywords = (node for node in ast.walk(resource) if isinstance(node, ast.keyword) and node.arg == "method")
    return any(isinstance(word.value, ast.Constant) and word.value.value == "POST" for word in keywords)


def _uris(resource: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(resource):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "_uri":
            texts = (inner.value for inner in ast.walk(node.value) if isinstance(inner, ast.Constant))
            yield from (text for text in texts if isinstance(text, str))


def _only(pattern: str, file: Path) -> str:
    [found] = re.findall(pattern, file.read_text())
    return str(found)
