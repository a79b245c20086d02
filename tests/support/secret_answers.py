"""What Secrets Manager says where it gives no text of a secret, word for word.

Sources: aws/aws-cdk#7677 (KMS), external-secrets/kubernetes-external-secrets#114 (deletion), and for the missing value
the message that ECS tasks report, as moto and MiniStack give it, too.
"""

from botocore.exceptions import ClientError

NO_SUCH_SECRET = "Secrets Manager can't find the specified secret."
NO_SUCH_VERSION = "Secrets Manager can't find the specified secret value for staging label: "
NO_VALUE = f"{NO_SUCH_VERSION}AWSCURRENT"
MARKED_FOR_DELETION = "You can't perform this operation on the secret because it was marked for deletion."
KMS_DENIED = "Access to KMS is not allowed"
# In the form that IAM gives its denials; role and secret have names that might be taken for the service's.
IAM_DENIED = (
    "User: arn:aws:sts::123456789012:assumed-role/KMS-reader/poll is not authorized to perform: "
    "secretsmanager:GetSecretValue on resource: twilio/connections/KMS because no identity-based policy allows the "
    "secretsmanager:GetSecretValue action"
)
KMS_DECRYPT_DENIED = IAM_DENIED.replace("secretsmanager:GetSecretValue", "kms:Decrypt")


def answer(code: str, message: str) -> ClientError:
    """What a call of GetSecretValue raises."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetSecretValue")
