"""How URLs of others are shown: recognisably, and without secrets."""

import pytest

from operations.connect.shown import shown

FLOW = f"https://webhooks.twilio.com/v1/Accounts/AC{'0a' * 16}/Flows/FW{'1b' * 16}"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://demo.twilio.com/welcome/sms/reply", "https://demo.twilio.com/welcome/sms/reply"),
        ("https://api.example.com/webhook/default#rc=5&rp=all", "https://api.example.com/webhook/default#rc=5&rp=all"),
        (FLOW, FLOW),
        ("http://user:pass@example.com:8080/in?token=abc", "http://…@example.com:8080/in?…"),
        ("https://hooks.example.com/services/T0/kJ8sLq2ZpWx9VbN4", "https://hooks.example.com/services/T0/…"),
        ("https://example.com/to/+15551234567#a secret", "https://example.com/to/*4567#…"),
        ("https://example.com?15551234567", "https://example.com?…"),
        ("https://[broken", "an invalid URL"),
        ("https://example.com:port/", "an invalid URL"),
        ("secret", "an invalid URL"),
        ("", "nothing"),
    ],
    ids=[
        *(
            "plain",
            "overrides",
            "flow",
            "credentials",
            "key",
            "number",
            "query",
            "brackets",
            "port",
            "relative",
            "none",
        ),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url: str, expected: str) -> None:
    assert shown(url) == expected
