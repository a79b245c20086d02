"""The rules that the page looks for in events are those of the documentation, wherever that has them."""

from pathlib import Path

from local.phone.rules import Rule, read_rules
from local.sam import PROJECT_ROOT
from tests.support.page_examples import examples

PAGE = """
## Rules

Only **inbound** texts, by [type](events.md):

```json
{"source": ["twilio.connector"], "detail-type": ["Message Received"]}
```

An event, and one that leaves something out:

```json
{"source": "twilio.connector", "detail": {}}
```
```json
{"source": ["twilio.connector"], …}
```

- In a list:

  ```json
  {"source": ["twilio.connector"]}
  ```
"""


def test_the_rules_are_all_that_the_documentation_offers() -> None:
    rules = read_rules(PROJECT_ROOT)
    documented = [one.given for one in examples("pattern")]
    assert [rule.pattern for rule in rules if rule.pattern not in documented] == []
    assert [pattern for pattern in documented if pattern not in [rule.pattern for rule in rules]] == []
    assert len(rules) == len(documented) >= 4
    assert all(rule.title for rule in rules)
    assert len({rule.title for rule in rules}) == len(rules)


def test_a_rule_is_found_on_any_page_by_what_a_pattern_looks_like(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# No rule\n", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "events.md").write_text(PAGE, encoding="utf-8")
    page, everything = "docs/events.md", {"source": ["twilio.connector"]}
    assert read_rules(tmp_path) == [
        Rule(
            "Only inbound texts, by type", {"source": ["twilio.connector"], "detail-type": ["Message Received"]}, page
        ),
        Rule("In a list", everything, page),
    ]
