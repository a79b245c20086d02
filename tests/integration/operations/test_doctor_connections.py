"""What the doctor says of a connection: its secret, its credentials and its token."""

from collections.abc import Callable, Iterator

import pytest

from local.twilio_sandbox import Fault
from operations.doctor import credentials
from operations.doctor.credentials import check_auth_token, check_credentials
from operations.doctor.secrets import check_secret
from operations.findings import Finding, Subject
from operations.stack import Stack
from tests.support.aws_faults import refusing
from tests.support.deployed_stack import DeployedStack, told
from tests.support.managed_rotation import AuthTokenRotation
from tests.support.secret_answers import IAM_DENIED, KMS_DENIED, MARKED_FOR_DELETION, NO_VALUE
from twilio_connector.errors import TwilioAuthenticationError, TwilioConnectorError

Check = Callable[[Stack, str], Iterator[Finding]]


def key_of(deployed: DeployedStack) -> dict[str, str]:
    twilio = deployed.world.twilio
    return {
        "accountSid": twilio.account_sid,
        "apiKeySid": twilio.api_key_sid,
        "apiKeySecret": twilio.api_key_secret,
    }


def test_a_sound_connection_is_ok(deployed: DeployedStack) -> None:
    stack = deployed.stack
    checks = (check_secret, check_credentials, check_auth_token)
    findings = [finding for check in checks for finding in check(stack, "default")]
    assert {level for level, _ in told(findings)} == {"ok"}
    assert deployed.world.twilio.auth_token not in "\n".join(map(str, findings))
    assert [request.query["PageSize"] for request in deployed.world.twilio.requests] == ["1", "1"]


def test_a_missing_secret_comes_with_the_command_that_makes_it(deployed: DeployedStack) -> None:
    [finding] = check_secret(deployed.stack, "sales")
    assert told([finding]) == [("FAIL", "secret sales")]
    assert "aws secretsmanager create-secret --name twilio/connections/sales " in finding.remedy
    assert finding.remedy.endswith("--region us-east-1")


@pytest.mark.parametrize(("check", "name"), [(check_secret, "sales"), (check_auth_token, "default")])
def test_a_secret_that_is_being_deleted_comes_with_the_command_that_restores_it(
    deployed: DeployedStack, check: Check, name: str
) -> None:
    deployed.replace_secret("default", key_of(deployed))
    for deleted in ("sales", "default/auth-token"):
        deployed.world.put_connection(deleted, key_of(deployed))
        deployed.world.secrets.delete_secret(SecretId=f"twilio/connections/{deleted}")
    [finding] = check(deployed.stack, name)
    secret = "twilio/connections/sales" if check is check_secret else "twilio/connections/default/auth-token"
    assert finding.remedy.endswith(f"aws secretsmanager restore-secret --secret-id {secret} --region us-east-1")


def test_a_field_that_looks_like_a_known_one_is_told(deployed: DeployedStack) -> None:
    rotation = {"validationUrl": "https://api.twilio.com"}
    deployed.replace_secret("default", {**key_of(deployed), **rotation, "auth_token": "0123456789abcdef"})
    findings = list(check_secret(deployed.stack, "default"))
    assert told(findings) == [("warn", "secret default"), ("ok", "secret default")]
    assert (findings[0].text, findings[0].remedy) == (
        "The unknown field auth_token is ignored.",
        "Is authToken meant?",
    )
    assert "0123456789abcdef" not in "".join(map(str, findings))


@pytest.mark.parametrize(("check", "name"), [(check_secret, "default"), (check_auth_token, "default/auth-token")])
def test_where_a_field_is_missing_all_unknown_ones_are_told_that_cannot_be_credentials(
    deployed: DeployedStack, check: Check, name: str
) -> None:
    deployed.world.put_connection("default/auth-token", "{}")
    deployed.replace_secret("default", key_of(deployed))
    deployed.replace_secret(name, {"sid": "x", "password": "y", "0123456789abcdef0123456789abcdef": "token"})
    *warnings, failure = check(deployed.stack, "default")
    assert [warning.text for warning in warnings] == [
        "The unknown field sid is ignored.",
        "The unknown field password is ignored.",
    ]
    assert failure.text.endswith(" is missing.")
    assert "0123456789abcdef" not in "".join(map(str, warnings))


@pytest.mark.parametrize("secret", ["{no json", '{"authToken": "0123"}', '{"accountSid": "ACnot-hexadecimal"}'])
def test_a_malformed_secret_is_told_without_its_values(deployed: DeployedStack, secret: str) -> None:
    deployed.replace_secret("default", secret)
    [finding] = check_secret(deployed.stack, "default")
    assert told([finding]) == [("FAIL", "secret default")]
    assert "put-secret-value --secret-id twilio/connections/default" in finding.remedy
    assert not {"0123", "not-hexadecimal"} & set(str(finding).replace('"', " ").split())


def as_a_function_says(deployed: DeployedStack, connection: str) -> str:
    with pytest.raises(TwilioConnectorError) as caught:
        deployed.world.invoke("get_sms", {"connection": connection, "messageSid": "SM" + "0" * 32})
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDeniedException", IAM_DENIED),
        ("AccessDeniedException", KMS_DENIED),
        ("DecryptionFailure", "refused"),
        ("ResourceNotFoundException", NO_VALUE),
        ("InvalidRequestException", MARKED_FOR_DELETION),
    ],
)
def test_a_secret_that_gives_no_text_is_told_in_the_words_of_the_functions(
    deployed: DeployedStack, code: str, message: str
) -> None:
    with refusing("GetSecretValue", code, message=message):
        [finding] = Subject("secret default").examined(check_secret(deployed.stack, "default"))
        assert finding.text in as_a_function_says(deployed, "default")
    assert told([finding]) == [("FAIL", "secret default")]
    assert "twilio/connections/default" in finding.text


def test_a_binary_secret_is_told_in_the_words_of_the_functions(deployed: DeployedStack) -> None:
    deployed.world.secrets.create_secret(Name="twilio/connections/sales", SecretBinary=b"sentinel")
    [finding] = check_secret(deployed.stack, "sales")
    assert finding.text == as_a_function_says(deployed, "sales")
    assert "put-secret-value --secret-id twilio/connections/sales" in finding.remedy


@pytest.mark.parametrize("message", [IAM_DENIED, KMS_DENIED])
def test_a_secret_that_the_caller_may_not_read_is_a_matter_of_the_caller(deployed: DeployedStack, message: str) -> None:
    with refusing("GetSecretValue", "AccessDeniedException", message=message):
        [finding] = Subject("secret default").examined(check_secret(deployed.stack, "default"))
    assert finding.remedy.startswith("Here the caller is you, with your AWS credentials")


def test_a_key_that_twilio_refuses_fails(deployed: DeployedStack) -> None:
    deployed.replace_secret("default", {**key_of(deployed), "apiKeySecret": "wrong-secret"})
    [finding] = check_credentials(deployed.stack, "default")
    assert told([finding]) == [("FAIL", "credentials default")]
    assert finding.text.startswith("Twilio refuses them. Twilio answered 401 (code 20003)")
    assert "wrong-secret" not in str(finding)


def test_twilio_out_of_reach_is_not_blamed_on_the_credentials(
    deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Too little for a second attempt.
    monkeypatch.setattr(credentials, "TWILIO_SECONDS", 1.0)
    deployed.parameters["TwilioApiUrl"] = "http://127.0.0.1:9"
    [finding] = check_credentials(deployed.stack, "default")
    assert told([finding]) == [("FAIL", "credentials default")]
    assert "refuses" not in finding.text


def test_a_connection_without_a_token_cannot_verify_webhooks(deployed: DeployedStack) -> None:
    deployed.replace_secret("default", key_of(deployed))
    [finding] = check_auth_token(deployed.stack, "default")
    assert told([finding]) == [("warn", "auth token default")]
    assert "twilio/connections/default/auth-token" in finding.remedy


@pytest.mark.parametrize("apart", [True, False])
def test_shared_keys_alone_verify_webhooks(deployed: DeployedStack, apart: bool) -> None:
    keys = {"sharedKeys": {"webhooks_sharedkey_1": "0123456789abcdef"}}
    deployed.replace_secret("default", {**key_of(deployed), **({} if apart else keys)})
    if apart:
        deployed.world.put_connection("default/auth-token", keys)
    [finding] = check_auth_token(deployed.stack, "default")
    assert told([finding]) == [("ok", "auth token default")]


@pytest.mark.parametrize(
    ("field", "value"), [("defaultCountry", "UK"), ("region", "jp1"), ("sharedKeys", ["k"]), ("parentAccountSid", "AC")]
)
def test_a_setting_that_no_function_takes_fails_by_its_name(deployed: DeployedStack, field: str, value: object) -> None:
    basic = {"accountSid": deployed.world.twilio.account_sid, "authToken": "0123456789abcdef"}
    deployed.replace_secret("default", {**basic, field: value})
    [finding] = check_secret(deployed.stack, "default")
    assert told([finding]) == [("FAIL", "secret default")]
    assert field in finding.text


@pytest.mark.parametrize("name", ["default", "default/auth-token"])
def test_a_token_that_twilio_does_not_know_fails_beside_an_api_key_that_it_accepts(
    deployed: DeployedStack, name: str
) -> None:
    wrong = {"authToken": "0" * 32}
    if name == "default":
        deployed.replace_secret("default", {**key_of(deployed), **wrong})
    else:
        deployed.replace_secret("default", key_of(deployed))
        deployed.world.put_connection(name, wrong)
    stack = deployed.stack
    [credentials, token] = [*check_credentials(stack, "default"), *check_auth_token(stack, "default")]
    assert told([credentials, token]) == [("ok", "credentials default"), ("FAIL", "auth token default")]
    assert token.text.startswith("Twilio does not know this auth token")
    assert f"--secret-id twilio/connections/{name} " in token.remedy
    assert "0" * 32 not in str(token)


@pytest.mark.parametrize("beside", [True, False])
def test_a_token_that_twilio_knows_is_ok_beside_an_api_key(deployed: DeployedStack, beside: bool) -> None:
    token = {"authToken": deployed.world.twilio.auth_token}
    deployed.replace_secret("default", key_of(deployed) | (token if beside else {}))
    deployed.world.put_connection("default/auth-token", token)
    assert told(list(check_auth_token(deployed.stack, "default"))) == [("ok", "auth token default")]


@pytest.mark.parametrize("name", ["default", "default/auth-token"])
def test_a_rotation_that_is_not_finished_is_told_and_is_no_failure(deployed: DeployedStack, name: str) -> None:
    if name != "default":
        deployed.world.put_connection(name, {})
        deployed.replace_secret("default", key_of(deployed))
    rotation = AuthTokenRotation(deployed.world, name)
    rotation.create()
    rotation.promote()
    stack, account = deployed.stack, deployed.world.twilio.account
    credentials, token = list(check_credentials(stack, "default")), list(check_auth_token(stack, "default"))
    expected = [("warn", "credentials default")] if name == "default" else []
    assert told(credentials) == [*expected, ("ok", "credentials default")]
    assert told(token) == [("warn", "auth token default"), ("ok", "auth token default")]
    assert token[0].remedy.endswith(f"describe-secret --secret-id twilio/connections/{name} --region us-east-1")
    assert account.auth_token not in "".join(map(str, [*credentials, *token]))

    rotation.finish()
    stack = deployed.stack
    findings = [*check_credentials(stack, "default"), *check_auth_token(stack, "default")]
    assert {level for level, _ in told(findings)} == {"ok"}


def test_a_pending_token_that_twilio_does_not_know_either_does_not_help(deployed: DeployedStack) -> None:
    AuthTokenRotation(deployed.world, "default").store(
        {"accountSid": deployed.world.twilio.account_sid, "authToken": "0" * 32}
    )
    deployed.world.twilio.account.auth_token = "rotated"
    [finding] = check_auth_token(deployed.stack, "default")
    assert told([finding]) == [("FAIL", "auth token default")]


def test_a_token_is_not_blamed_for_what_twilio_cannot_tell(deployed: DeployedStack) -> None:
    deployed.world.twilio.inject(Fault.Html(403))
    with pytest.raises(TwilioAuthenticationError, match="403"):
        list(check_auth_token(deployed.stack, "default"))


def test_a_token_of_another_account_fails(deployed: DeployedStack) -> None:
    deployed.replace_secret("default", key_of(deployed))
    deployed.world.put_connection("default/auth-token", {"accountSid": "AC" + "9" * 32, "authToken": "of-another"})
    [finding] = check_auth_token(deployed.stack, "default")
    assert told([finding]) == [("FAIL", "auth token default")]
    assert "of-another" not in str(finding)
