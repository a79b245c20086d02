"""What each answer to GetSecretValue means: a secret, none, a flaw of the secret, or a refusal that says what to do."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.session import Session

from tests.support.fakes import TIMED_OUT
from tests.support.secret_answers import (
    IAM_DENIED,
    KMS_DECRYPT_DENIED,
    KMS_DENIED,
    MARKED_FOR_DELETION,
    NO_SUCH_SECRET,
    NO_SUCH_VERSION,
    NO_VALUE,
    answer,
)
from twilio_connector.connections.secret_value import CURRENT, PENDING, PREVIOUS, Flaw, Secret, read_secret
from twilio_connector.errors import ServiceUnavailableError

NAME = "twilio/connections/main"
CREATED = datetime(2026, 3, 15, tzinfo=UTC)

# By error code and message, as Secrets Manager gives them: None, a flaw, or words of the error that is raised.
VERDICTS: dict[tuple[str, str], Flaw | str | None] = {
    ("ResourceNotFoundException", NO_SUCH_SECRET): None,
    ("ResourceNotFoundException", NO_VALUE): Flaw.NO_VALUE,
    ("InvalidRequestException", MARKED_FOR_DELETION): Flaw.DELETED,
    ("InvalidRequestException", "A secret that's currently marked deleted."): Flaw.DELETED,
    ("InvalidRequestException", "The key is pending deletion."): "refused the request: InvalidRequestException",
    ("AccessDeniedException", IAM_DENIED): "secretsmanager:GetSecretValue on it",
    ("AccessDeniedException", KMS_DENIED): "kms:Decrypt (for functions, set the parameter SecretsKmsKeyArn)",
    ("AccessDeniedException", KMS_DECRYPT_DENIED): "kms:Decrypt (for functions, set the parameter SecretsKmsKeyArn)",
    ("DecryptionFailure", "Secrets Manager can't decrypt it"): "enable its KMS key",
    ("InternalServiceError", "An error occurred"): "refused the request: InternalServiceError",
    ("InvalidParameterException", "Invalid name"): "refused the request: InvalidParameterException",
    ("ThrottlingException", "Rate exceeded"): "refused the request: ThrottlingException",
    ("ExpiredTokenException", "Expired"): "refused the request: ExpiredTokenException",
}


class Answering:
    """GetSecretValue, which answers with one thing or raises it."""

    def __init__(self, given: dict[str, Any] | Exception) -> None:
        self.given = given

    def get_secret_value(self, **_: str) -> dict[str, Any]:
        if isinstance(self.given, Exception):
            raise self.given
        return {"CreatedDate": CREATED, **self.given}


def read(given: dict[str, Any] | Exception, stage: str = CURRENT) -> Secret | None:
    return read_secret(Answering(given), NAME, stage)  # type: ignore[arg-type]


def test_every_error_that_secrets_manager_documents_has_a_verdict() -> None:
    operation = Session().get_service_model("secretsmanager").operation_model("GetSecretValue")
    documented = {shape.name for shape in operation.error_shapes}
    assert len(documented) >= 5
    assert documented <= {code for code, _ in VERDICTS}


@pytest.mark.parametrize(("code", "message"), VERDICTS)
def test_each_error_is_judged(code: str, message: str) -> None:
    verdict = VERDICTS[code, message]
    if isinstance(verdict, str) and not isinstance(verdict, Flaw):
        with pytest.raises(ServiceUnavailableError) as caught:
            read(answer(code, message))
        sentence = str(caught.value)
        assert sentence.startswith("Secrets Manager ")
        assert verdict in sentence
        assert code in sentence
        assert (NAME in sentence) == ("refused the request" not in verdict)
    else:
        secret = read(answer(code, message))
        assert (secret and secret.flaw) == verdict


def test_what_is_refused_for_good_is_told_in_a_sentence_of_its_own() -> None:
    sentences = set()
    for code, message in VERDICTS:
        try:
            read(answer(code, message))
        except ServiceUnavailableError as exc:
            sentences.add(str(exc))
    assert len([sentence for sentence in sentences if NAME in sentence]) == 3


@pytest.mark.parametrize("stage", [PENDING, PREVIOUS])
def test_a_secret_that_has_no_such_version_beside_the_current_one_is_in_order(stage: str) -> None:
    assert read(answer("ResourceNotFoundException", NO_SUCH_VERSION + stage), stage) is None


def test_a_text_is_read_with_the_moment_of_its_making() -> None:
    assert read({"SecretString": "{}"}) == Secret("{}", CREATED.timestamp())


@pytest.mark.parametrize(("given", "flaw"), [({"SecretBinary": b"sentinel"}, Flaw.BINARY), ({}, Flaw.NO_VALUE)])
def test_what_is_no_text_is_a_flaw(given: dict[str, Any], flaw: Flaw) -> None:
    secret = read(given)
    assert secret
    assert (secret.text, secret.flaw) == ("", flaw)


def test_each_flaw_names_the_secret_and_what_to_do() -> None:
    sentences = {flaw.about(NAME) for flaw in Flaw}
    assert len(sentences) == len(Flaw)
    for sentence in sentences:
        assert sentence.startswith(f"The secret '{NAME}' ")
        assert "{" not in sentence
        assert sentence.endswith(".")


def test_a_service_that_does_not_answer_is_told() -> None:
    with pytest.raises(ServiceUnavailableError, match="could not be reached"):
        read(TIMED_OUT)


def test_a_secret_does_not_print_its_text() -> None:
    assert "sentinel" not in repr(Secret("sentinel", 0.0))
