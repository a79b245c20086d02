"""Secrets Manager's managed rotation of Twilio's credentials, step by step, as its user guide describes it.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-TwilioAuthToken.html: the account's secondary
token is stored as the pending version and promoted; for `propagationDelaySeconds`, 60 by default and 300 at most, the
current version is then still the token before; only then is the new one tried, and the label moved.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-TwilioApiKey.html: a new key is made by an
administrator's credentials, stored and tried; the old one is deleted unless `retainPreviousKey` is set. At which moment
is not said: so both are tried, before the label is moved and after it.
"""

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from tests.support.world import World

Step = Callable[[], None]


class ManagedRotation(ABC):
    """The rotation of a connection's secret, or of its second one, in a world."""

    def __init__(self, world: World, name: str, secret: Mapping[str, str]) -> None:
        self.world, self.account = world, world.twilio.account
        self.secret_id = f"twilio/connections/{name}"
        self._pending_version = str(uuid.uuid4())
        world.secrets.put_secret_value(SecretId=self.secret_id, SecretString=json.dumps(secret))

    @abstractmethod
    def steps(self) -> list[Step]:
        """What happens one after the other."""

    def store(self, secret: Mapping[str, str]) -> None:
        """Make *secret* the pending version."""
        self.world.secrets.put_secret_value(
            SecretId=self.secret_id,
            SecretString=json.dumps({**secret, "validationUrl": "https://api.twilio.com/2010-04-01/Accounts.json"}),
            ClientRequestToken=self._pending_version,
            VersionStages=["AWSPENDING"],
        )

    def finish(self) -> None:
        """Make the pending version the current one, which leaves its label where it is."""
        self._move("AWSCURRENT")

    def clean_up(self) -> None:
        """Take the label of the pending version away."""
        self.world.secrets.update_secret_version_stage(
            SecretId=self.secret_id, VersionStage="AWSPENDING", RemoveFromVersionId=self._pending_version
        )

    def _move(self, stage: str) -> None:
        versions = self.world.secrets.describe_secret(SecretId=self.secret_id)["VersionIdsToStages"]
        [current] = [version for version, stages in versions.items() if stage in stages]
        self.world.secrets.update_secret_version_stage(
            SecretId=self.secret_id,
            VersionStage=stage,
            MoveToVersionId=self._pending_version,
            RemoveFromVersionId=current,
        )


class AuthTokenRotation(ManagedRotation):
    """Of the type TwilioAuthToken."""

    def __init__(self, world: World, name: str) -> None:
        account = world.twilio.account
        super().__init__(world, name, {"accountSid": account.sid, "authToken": account.auth_token})

    def steps(self) -> list[Step]:
        """Between `promote` and `finish`, Twilio takes the pending token alone."""
        return [self.create, self.promote, self.try_it, self.finish, self.clean_up]

    def create(self) -> None:
        """Make a secondary token, and store it."""
        self.store({"accountSid": self.account.sid, "authToken": self.account.create_secondary_token()})

    def promote(self) -> None:
        """Let it take the place of the first one."""
        self.account.promote_secondary_token()

    def try_it(self) -> None:
        """See that Twilio takes it."""
        self.account.authenticate(self.account.sid, self.account.auth_token)


class ApiKeyRotation(ManagedRotation):
    """Of the type TwilioApiKey. The old key is deleted before the label is moved, or after it, or never."""

    def __init__(self, world: World, name: str, *, deletion: str) -> None:
        account = world.twilio.account
        self._old_key, self._deletion = account.api_key_sid, deletion
        key = {"apiKeySid": account.api_key_sid, "apiKeySecret": account.api_key_secret}
        super().__init__(world, name, {"accountSid": account.sid, **key})

    def steps(self) -> list[Step]:
        """Both keys are good at some time, but where the old one is deleted first."""
        return {
            "before": [self.create, self.delete, self.finish, self.clean_up],
            "after": [self.create, self.finish, self.delete, self.clean_up],
            "never": [self.create, self.finish, self.clean_up],
        }[self._deletion]

    def create(self) -> None:
        """Make a new key, and store it."""
        sid, secret = self.account.create_key()
        self.store({"accountSid": self.account.sid, "apiKeySid": sid, "apiKeySecret": secret})

    def delete(self) -> None:
        """Delete the old key."""
        self.account.delete_key(self._old_key)
