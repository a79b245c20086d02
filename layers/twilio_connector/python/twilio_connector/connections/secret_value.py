"""One version of a secret, and what each answer to GetSecretValue means for the connection.

========================================  =====================================  ==============================
Secrets Manager answers                   the secret                             it is
========================================  =====================================  ==============================
``ResourceNotFoundException``             does not exist, or has no such version  absent
the same, of a *value* for AWSCURRENT     was created without a value            a flaw, for its owner to fix
``InvalidRequestException`` of deletion   is scheduled for deletion              a flaw
``SecretBinary`` without a string         holds no text                          a flaw
``AccessDeniedException``                 may not be read by the caller          refused: repeat once permitted
the same, of KMS                          may not be decrypted for the caller    refused
``DecryptionFailure``                     has a KMS key that does not work       refused
anything else                             is unknown                             refused, or Secrets Manager failed
========================================  =====================================  ==============================

A flaw stays until its owner changes the secret; a refusal says nothing about the secret, and is never remembered.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html names the errors. The messages
are those that Secrets Manager gives; the code looks only for the words that distinguish them.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from twilio_connector.aws import translated_errors
from twilio_connector.errors import ServiceUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"

_OF_A_VALUE = re.compile(r"secret value for staging label", re.IGNORECASE)
_OF_DELETION = re.compile(r"marked (for deletion|deleted)|scheduled for deletion", re.IGNORECASE)
_OF_KMS = re.compile(r"Access to KMS|perform: kms:")

_DENIED = (
    "Secrets Manager denies the caller access to the secret '{name}' (AccessDeniedException): allow its role "
    "secretsmanager:GetSecretValue on it, and check that the secret's own policy does not deny that."
)
_NO_KEY = (
    "Secrets Manager may not use the KMS key of the secret '{name}' for the caller (AccessDeniedException of KMS): "
    "allow its role kms:Decrypt (for functions, set the parameter SecretsKmsKeyArn), and in the key's own policy."
)
_DEAD_KEY = (
    "Secrets Manager cannot decrypt the secret '{name}' (DecryptionFailure): enable its KMS key or cancel the key's "
    "deletion, or store the secret again under another key."
)


class Flaw(StrEnum):
    """Why a secret that exists is of no use, and what its owner can do."""

    NO_VALUE = "The secret '{name}' has no value: store its JSON with aws secretsmanager put-secret-value."
    BINARY = "The secret '{name}' holds binary data: store its JSON as text, as --secret-string does."
    DELETED = "The secret '{name}' is scheduled for deletion: cancel that with aws secretsmanager restore-secret."

    def about(self, name: str) -> str:
        """The sentence, of the secret *name*."""
        return self.format(name=name)


@dataclass(frozen=True)
class Secret:
    """One version of a secret: its text, and when that version was created (seconds since the epoch).

    Where there is a *flaw*, there is no text.
    """

    text: str = field(repr=False)
    created: float
    flaw: Flaw | None = None


def read_secret(secrets: "SecretsManagerClient", name: str, stage: str) -> Secret | None:
    """The version of the secret *name* with the staging label *stage*; None where there is no such version.

    Raises :class:`ServiceUnavailableError`, which says what to do where Secrets Manager refuses for good.
    """
    with translated_errors("Secrets Manager"):
        try:
            found = secrets.get_secret_value(SecretId=name, VersionStage=stage)
        except ClientError as exc:
            code, message = exc.response["Error"]["Code"], exc.response["Error"].get("Message", "")
            if code == "InvalidRequestException" and _OF_DELETION.search(message):
                return Secret("", 0.0, Flaw.DELETED)
            if code == "ResourceNotFoundException":
                return Secret("", 0.0, Flaw.NO_VALUE) if stage == CURRENT and _OF_A_VALUE.search(message) else None
            if sentence := explained(exc):
                raise ServiceUnavailableError(sentence.format(name=name)) from exc
            raise
    if "SecretString" in found:
        return Secret(found["SecretString"], found["CreatedDate"].timestamp())
    return Secret("", 0.0, Flaw.BINARY if "SecretBinary" in found else Flaw.NO_VALUE)


def explained(refusal: ClientError) -> str | None:
    """What a *refusal* of GetSecretValue asks for, of the secret ``{name}``; None where it is to be waited out."""
    code, message = refusal.response["Error"]["Code"], refusal.response["Error"].get("Message", "")
    if code == "AccessDeniedException":
        return _NO_KEY if _OF_KMS.search(message) else _DENIED
    return _DEAD_KEY if code == "DecryptionFailure" else None
