"""``python -m release.bill``: a CycloneDX bill of materials of the layer.

It runs in the environment of requirements-release.txt, reads a :class:`Bill` as JSON from standard input and writes the
bill, valid by CycloneDX's own schema, to standard output: https://cyclonedx.org/docs/1.6/json/
"""

import json
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SCHEMA = SchemaVersion.V1_6
# https://github.com/package-url/purl-spec
_APPLICATION = PackageURL("generic", name="twilio-connector")


@dataclass(frozen=True)
class Bill:
    """What the bill says: the *version*, when it was *made* in seconds since 1970, the *python* of its bytecode,
    the SHA-256 of the *layer*, and what is *carried* in it, each a :class:`release.carried.Carried` as a dictionary.
    """

    version: str
    made: int
    python: str
    layer: str
    carried: list[dict[str, Any]]


def written(bill: Bill) -> str:
    """The bill as JSON: the same for the same *bill*. Raises ValueError for what CycloneDX's schema does not know."""
    connector = _connector(bill)
    parts: dict[str, Component] = {canonicalize_name(each["name"]): _component(each) for each in bill.carried}
    bom = Bom(
        # The serial number is derived from the layer's contents, so that the same layer gets the same one.
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{connector.purl}#{bill.layer}"),
        metadata=BomMetaData(
            component=connector,
            timestamp=datetime.fromtimestamp(bill.made, UTC),
            tools=ToolRepository(components=[_tool()]),
        ),
        components=parts.values(),
    )
    bom.register_dependency(connector, parts.values())
    for each in bill.carried:
        needed = [parts[name] for name in _needed(each["requires"]) if name in parts]
        bom.register_dependency(parts[canonicalize_name(each["name"])], needed)
    text = make_outputter(bom, OutputFormat.JSON, SCHEMA).output_as_string(indent=2)
    if error := make_schemabased_validator(OutputFormat.JSON, SCHEMA).validate_str(text):
        raise ValueError(f"CycloneDX refuses it: {error}")
    return f"{text}\n"


def _connector(bill: Bill) -> Component:
    purl = PackageURL(_APPLICATION.type, name=_APPLICATION.name, version=bill.version)
    return Component(
        name=_APPLICATION.name,
        version=bill.version,
        type=ComponentType.APPLICATION,
        bom_ref=purl.to_string(),
        purl=purl,
        licenses=[LicenseFactory().make_from_string("MIT")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=bill.layer)],
        properties=[Property(name="twilio-connector:bytecode:python", value=bill.python)],
    )


def _component(each: Mapping[str, Any]) -> Component:
    purl = PackageURL("pypi", name=canonicalize_name(each["name"]), version=each["version"])
    declared = LicenseAcknowledgement.DECLARED
    return Component(
        name=each["name"],
        version=each["version"],
        bom_ref=purl.to_string(),
        purl=purl,
        licenses=[LicenseFactory().make_from_string(each["licence"], license_acknowledgement=declared)],
    )


def _tool() -> Component:
    """The library that writes the bill, without its links."""
    library = this_component()
    return Component(group=library.group, name=library.name, version=library.version, bom_ref=library.name)


def _needed(requires: list[str]) -> list[str]:
    """The names in *requires*, without those that only an extra needs."""
    parsed = [Requirement(each) for each in requires]
    environment = {"extra": "", "python_version": "3.13", "python_full_version": "3.13.0"}
    return [canonicalize_name(each.name) for each in parsed if each.marker is None or each.marker.evaluate(environment)]


if __name__ == "__main__":
    sys.stdout.write(written(Bill(**json.load(sys.stdin))))
