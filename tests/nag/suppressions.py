"""Which findings the templates explain, and which of their suppressions explain none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# The place of a suppression that holds for the whole template.
WHOLE = ""


@dataclass(frozen=True, order=True)
class Finding:
    """What a tool has found: in which template, at which resource, by which rule, and which part of it is meant.

    The place of a finding outside the resources is its path, as in ``Outputs/WebhookUrl``.
    """

    template: str
    place: str
    rule: str
    part: str
    message: str

    def __str__(self) -> str:
        part = f"[{self.part}]" if self.part else ""
        return f"{self.template}: {self.place}: {self.rule}{part}: {self.message}"


@dataclass(frozen=True, order=True)
class Suppression:
    """What a template says of a rule, at a resource or as a whole. Without a part it means all findings of the rule."""

    template: str
    place: str
    rule: str
    part: str = ""

    def __str__(self) -> str:
        part = f"[{self.part}]" if self.part else ""
        return f"{self.template}: {self.place or 'the whole template'}: {self.rule}{part}"

    def explains(self, finding: Finding) -> bool:
        """Whether it means *finding*, whose place is a resource as written."""
        return (
            self.template == finding.template
            and self.rule == finding.rule
            and self.place in (WHOLE, finding.place)
            and self.part in ("", finding.part)
        )


def suppressions(template: str, source: Mapping[str, Any]) -> Iterator[Suppression]:
    """Those of the template as written, in its order.

    https://github.com/aws-cloudformation/cfn-lint#metadata, https://github.com/cdklabs/cdk-nag#suppressing-a-rule
    """
    for place, holder in {WHOLE: source, **source["Resources"]}.items():
        metadata = holder.get("Metadata", {})
        for rule in metadata.get("cfn-lint", {}).get("config", {}).get("ignore_checks", []):
            yield Suppression(template, place, rule)
        for entry in metadata.get("cdk_nag", {}).get("rules_to_suppress", []):
            for part in entry.get("applies_to", [""]):
                yield Suppression(template, place, entry["id"], part)


def as_written(place: str, source: Mapping[str, Any]) -> str:
    """The resource that *place* stems from: SAM puts something behind the logical ID, as in WebhookFunctionRole."""
    if place in source["Resources"]:
        return place
    return max((name for name in source["Resources"] if place.startswith(name)), key=len, default=place)


def judge(findings: Iterable[Finding], declared: Iterable[Suppression]) -> tuple[list[Finding], list[Suppression]]:
    """The findings that nothing explains, and the suppressions that explain nothing."""
    found, said = sorted(set(findings)), sorted(declared)
    unexplained = [finding for finding in found if not any(each.explains(finding) for each in said)]
    idle = [each for each in said if not any(each.explains(finding) for finding in found)]
    return unexplained, idle
