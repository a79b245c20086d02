"""Which account `make demo` and `make local` use."""

import pytest

from local.accounts import CredentialsMissingError, RealAccount

ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC0123"}


def test_no_account_in_the_environment_means_the_sandbox() -> None:
    assert RealAccount.from_environment({"TWILIO_AUTH_TOKEN": "token"}) is None


@pytest.mark.parametrize(
    ("credentials", "secret"),
    [
        ({"TWILIO_AUTH_TOKEN": "token"}, {"authToken": "token"}),
        (
            {"TWILIO_API_KEY_SID": "SK0123", "TWILIO_API_KEY_SECRET": "secret", "TWILIO_EDGE": "dublin"},
            {"apiKeySid": "SK0123", "apiKeySecret": "secret", "edge": "dublin"},
        ),
    ],
)
def test_either_kind_of_credentials_makes_a_connection(credentials: dict[str, str], secret: dict[str, str]) -> None:
    account = RealAccount.from_environment({**ACCOUNT, **credentials, "TWILIO_FROM": "+15550001111"})
    assert account is not None
    assert account.secret == {"accountSid": "AC0123", **secret}
    assert (account.sender, account.recipient) == ("+15550001111", None)


@pytest.mark.parametrize("credentials", [{}, {"TWILIO_API_KEY_SID": "SK0123"}])
def test_an_account_without_credentials_is_an_error_and_no_sandbox(credentials: dict[str, str]) -> None:
    with pytest.raises(CredentialsMissingError, match="TWILIO_AUTH_TOKEN"):
        RealAccount.from_environment({**ACCOUNT, **credentials})


def test_no_credential_and_no_number_is_printed() -> None:
    account = RealAccount.from_environment(
        {**ACCOUNT, "TWILIO_AUTH_TOKEN": "hush", "TWILIO_FROM": "+15550001111", "TWILIO_TO": "+15550002222"}
    )
    assert "hush" not in repr(account)
    assert "+1555" not in repr(account)
