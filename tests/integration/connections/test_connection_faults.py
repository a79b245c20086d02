"""Connections that do not work: refused credentials, and secrets that are missing, malformed or cannot be read."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest

from local.twilio_sandbox import Fault
from tests.support.aws_faults import refusing
from tests.support.secret_answers import IAM_DENIED, KMS_DENIED, NO_VALUE
from tests.support.world import World
from twilio_connector.errors import (
    ConnectionConfigError,
    ServiceUnavailableError,
    TwilioAuthenticationError,
    TwilioConnectorError,
)


def rotate(world: World) -> None:
    """Give the account another auth token, and store it as the connection's."""
    world.twilio.account.auth_token = "rotated"
    secret = {"accountSid": world.twilio.account_sid, "authToken": "rotated"}
    world.secrets.put_secret_value(SecretId="twilio/connections/default", SecretString=json.dumps(secret))


def test_credentials_that_were_rotated_are_read_again_and_the_request_is_repeated(world: World) -> None:
    world.twilio.add(3)
    world.invoke("list_messages", {})
    rotate(world)
    requests = len(world.twilio.requests)

    assert len(world.invoke("list_messages", {})["data"]) == 3
    assert len(world.twilio.requests) == requests + 2
    assert len(world.invoke("list_messages", {})["data"]) == 3
    assert len(world.twilio.requests) == requests + 3


def test_a_send_with_rotated_credentials_is_sent_once(world: World) -> None:
    event = {"to": "+15551234567", "from": "+15555551234", "message": "Hello"}
    world.invoke("send_sms", event)
    rotate(world)
    world.invoke("send_sms", event)
    assert len(world.twilio.messages) == 2


def test_credentials_that_are_refused_for_good_are_not_tried_twice(world: World) -> None:
    world.twilio.account.auth_token = "rotated"
    with pytest.raises(TwilioAuthenticationError, match=r"401 \(code 20003\)") as caught:
        world.invoke("list_messages", {})
    assert (caught.value.status, caught.value.code) == (401, 20003)
    assert len(world.twilio.requests) == 1


def test_rotated_credentials_that_are_refused_too_are_tried_once(world: World) -> None:
    world.invoke("list_messages", {})
    rotate(world)
    world.twilio.account.auth_token = "rotated again"
    requests = len(world.twilio.requests)
    with pytest.raises(TwilioAuthenticationError):
        world.invoke("list_messages", {})
    assert len(world.twilio.requests) == requests + 2


def test_what_the_credentials_may_not_do_is_told_at_once(world: World) -> None:
    world.twilio.inject(Fault.ServerError(status=403), match="GET /Messages")
    with pytest.raises(TwilioAuthenticationError, match="403"):
        world.invoke("list_messages", {})
    assert len(world.twilio.requests) == 1


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        (None, "there is no secret 'twilio/connections/main'"),
        ("sentinel", "the secret is not JSON"),
        ('["sentinel"]', "the secret is not a JSON object"),
        ('{"accountSid": "sentinel", "authToken": "sentinel"}', "accountSid is malformed"),
        ('{"authToken": "sentinel"}', "accountSid is missing"),
    ],
)
def test_a_secret_that_cannot_be_used_is_told_without_its_text(world: World, secret: str | None, told: str) -> None:
    if secret is not None:
        world.put_connection("main", secret)
    with pytest.raises(ConnectionConfigError, match=told) as caught:
        world.invoke("list_messages", {"connection": "main"})
    assert "sentinel" not in repr(caught.value)
    assert world.twilio.requests == []


def hold_binary_data(world: World) -> AbstractContextManager[None]:
    world.secrets.create_secret(Name="twilio/connections/main", SecretBinary=b"sentinel")
    return nullcontext()


def schedule_for_deletion(world: World) -> AbstractContextManager[None]:
    world.put_connection("main", '"sentinel"')
    world.secrets.delete_secret(SecretId="twilio/connections/main")
    return nullcontext()


def hold_no_value(_: World) -> AbstractContextManager[None]:
    # moto says of such a secret that it does not exist.
    return refusing("GetSecretValue", "ResourceNotFoundException", message=NO_VALUE)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (hold_binary_data, "holds binary data: store its JSON as text, as --secret-string does."),
        (hold_no_value, "has no value: store its JSON with aws secretsmanager put-secret-value."),
        (schedule_for_deletion, "is scheduled for deletion: cancel that with aws secretsmanager restore-secret."),
    ],
)
def test_a_secret_without_a_text_is_told_by_what_it_is_instead(
    world: World, spoil: Callable[[World], AbstractContextManager[None]], told: str
) -> None:
    with spoil(world), pytest.raises(ConnectionConfigError) as caught:
        world.invoke("list_messages", {"connection": "main"})
    assert type(caught.value) is ConnectionConfigError
    assert str(caught.value) == f"Connection 'main' cannot be used. The secret 'twilio/connections/main' {told}"
    assert "sentinel" not in repr(caught.value)
    assert world.twilio.requests == []


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        ("AccessDeniedException", IAM_DENIED, "allow its role secretsmanager:GetSecretValue on it"),
        ("AccessDeniedException", KMS_DENIED, "allow its role kms:Decrypt"),
        ("DecryptionFailure", "refused", "enable its KMS key"),
        ("InternalServiceError", "refused", "Secrets Manager refused the request"),
    ],
)
def test_a_secret_that_cannot_be_read_is_told_by_its_cause_and_tried_again(
    world: World, code: str, message: str, told: str
) -> None:
    refusal = refusing("GetSecretValue", code, message=message)
    with refusal, pytest.raises(ServiceUnavailableError, match=f"Secrets Manager .*{code}") as caught:
        world.invoke("list_messages", {})
    assert told in str(caught.value)
    assert world.twilio.requests == []
    assert world.invoke("list_messages", {})["data"] == []


def test_a_secret_that_was_deleted_is_told_when_the_cached_one_is_refused(world: World) -> None:
    world.invoke("list_messages", {})
    world.twilio.account.auth_token = "rotated"
    world.secrets.delete_secret(SecretId="twilio/connections/default", ForceDeleteWithoutRecovery=True)
    with pytest.raises(TwilioConnectorError) as caught:
        world.invoke("list_messages", {})
    assert type(caught.value) is ConnectionConfigError


def test_an_api_key_may_list_what_a_check_of_it_needs(world: World) -> None:
    twilio = world.twilio
    secret = {"accountSid": twilio.account_sid, "apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
    world.put_connection("key", secret)
    assert world.invoke("list_messages", {"connection": "key", "limit": 1})["data"] == []
    assert [request.auth_user for request in twilio.requests] == [twilio.api_key_sid]
