"""Many sends and their status callbacks through the deployed stack, while Twilio's auth token is rotated."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import Callback, TwilioSandbox
from tests.support.deployed_processes import start_processes
from tests.support.deployed_webhooks import api_key_of, inbound, post_webhook

STATUSES = ("sent", "delivered")
TEXT = {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER}
# Far longer than it takes, also on a machine that is busy with something else.
WAIT_SECONDS = 120


@dataclass(frozen=True)
class Volume:
    """How many sends, and how many at once; *patient* callers wait for the callbacks before they send again."""

    sends: int
    at_once: int
    patient: bool


VOLUMES = [
    pytest.param(Volume(60, 2, patient=True), id="60 sends"),
    pytest.param(Volume(1_000, 20, patient=False), id="1000 sends", marks=pytest.mark.endurance),
]


@pytest.fixture(params=VOLUMES)
def volume(request: pytest.FixtureRequest) -> Volume:
    chosen: Volume = request.param
    return chosen


class Rotation:
    """The rotation of the auth token, as the secrets of three connections follow it.

    `stored_first` is rotated by hand: the new token is current in the secret before Twilio signs with it; so is
    `stored_apart`, whose token is in a secret of its own. In `pending_first`, as in a managed rotation, it is
    AWSPENDING then, and becomes current afterwards; that connection has no API key, and sends with the token, too.
    """

    def __init__(self, aws: LocalAws, twilio: TwilioSandbox) -> None:
        self.old_token, self.new_token = twilio.auth_token, uuid.uuid4().hex
        names = (f"{uuid.uuid4().hex}-{kind}" for kind in ("stored", "apart", "pending"))
        self.stored_first, self.stored_apart, self.pending_first = self.connections = tuple(names)
        self._aws = aws
        self._twilio = twilio
        self._put(self.stored_first, self.old_token)
        aws.put_connection(self.stored_apart, api_key_of(twilio))
        self._put_apart(self.old_token)
        self._pending_secret_id = aws.put_connection(self.pending_first, self._basic(self.old_token))

    def store(self) -> None:
        """The new token comes into all secrets; Twilio still signs with the old one."""
        self._put(self.stored_first, self.new_token)
        self._put_apart(self.new_token)
        secret = json.dumps(self._basic(self.new_token))
        self._aws.secretsmanager.put_secret_value(
            SecretId=self._pending_secret_id, SecretString=secret, VersionStages=["AWSPENDING"]
        )

    def switch(self) -> None:
        """Twilio signs with the new token from now on."""
        self._twilio.account.auth_token = self.new_token

    def finish(self) -> None:
        """The pending version becomes the current one, and the current one the previous."""
        versions = self._aws.secretsmanager.describe_secret(SecretId=self._pending_secret_id)["VersionIdsToStages"]
        by_stage = {stage: version for version, stages in versions.items() for stage in stages}
        self._aws.secretsmanager.update_secret_version_stage(
            SecretId=self._pending_secret_id,
            VersionStage="AWSCURRENT",
            MoveToVersionId=by_stage["AWSPENDING"],
            RemoveFromVersionId=by_stage["AWSCURRENT"],
        )

    def undo(self) -> None:
        """Twilio signs with the old token again, as all other connections expect."""
        self._twilio.account.auth_token = self.old_token

    def _put(self, connection: str, auth_token: str) -> None:
        self._aws.put_connection(connection, self._secret(auth_token))

    def _put_apart(self, auth_token: str) -> None:
        self._aws.put_connection(f"{self.stored_apart}/auth-token", {"authToken": auth_token})

    def _basic(self, auth_token: str) -> dict[str, str]:
        return {"accountSid": self._twilio.account_sid, "authToken": auth_token}

    def _secret(self, auth_token: str) -> dict[str, str]:
        return {**api_key_of(self._twilio), "authToken": auth_token}


@pytest.fixture
def rotation(aws: LocalAws, twilio: TwilioSandbox) -> Iterator[Rotation]:
    """A rotation that has not begun."""
    rotation = Rotation(aws, twilio)
    yield rotation
    rotation.undo()


@pytest.fixture
def _processes_for_parallel_calls(aws: LocalAws, twilio: TwilioSandbox, volume: Volume) -> None:
    start_processes(aws, twilio, volume.at_once)


@pytest.mark.usefixtures("_processes_for_parallel_calls")
def test_no_callback_is_lost_while_the_auth_token_is_rotated(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, rotation: Rotation, volume: Volume
) -> None:
    connections = rotation.connections
    expected = volume.sends * len(STATUSES)

    def send(number: int) -> str:
        text = {**TEXT, "message": f"Reminder {number}", "connection": connections[number % len(connections)]}
        sid = str(aws.invoke("SendSmsFunction", text)["data"]["sid"])
        if volume.patient:
            twilio.wait_until(lambda: {(sid, status) for status in STATUSES} <= taken(), WAIT_SECONDS)
        return sid

    def attempts() -> list[Callback]:
        return [callback for callback in twilio.callbacks if callback.url.endswith(connections)]

    def taken() -> set[tuple[str, str]]:
        done = [callback for callback in attempts() if callback.status == 204]
        return {(callback.params["MessageSid"], callback.params["MessageStatus"]) for callback in done}

    def have_come(share: float) -> Callable[[], bool]:
        return lambda: len(taken()) >= share * expected

    with ThreadPoolExecutor(volume.at_once) as callers:
        sends = [callers.submit(send, number) for number in range(volume.sends)]
        for step, share in ((rotation.store, 0.3), (rotation.switch, 0.5), (rotation.finish, 0.7)):
            twilio.wait_until(have_come(share), WAIT_SECONDS)
            step()
        sids = [future.result() for future in sends]
    twilio.wait_until(have_come(1), WAIT_SECONDS)

    assert taken() == {(sid, status) for sid in sids for status in STATUSES}
    # On a busy machine an attempt may take longer than the webhook has, and Twilio repeats it. None is ever refused.
    repeated = [callback for callback in attempts() if callback.status != 204]
    assert {callback.status for callback in repeated} <= {503, None}

    def reports(event: BusEvent) -> bool:
        return event.detail_type == "Message Status Updated" and event.detail["connection"] in connections

    watcher.wait_for_all(reports, expected, WAIT_SECONDS)
    published = Counter(event.detail["id"] for event in watcher.drain() if reports(event))
    assert published.keys() == {f"{sid}:{status}" for sid, status in taken()}
    assert published.total() - expected <= len(repeated)


def test_who_first_hears_of_a_connection_during_its_rotation_accepts_both_tokens_and_no_third(
    aws: LocalAws, twilio: TwilioSandbox, rotation: Rotation
) -> None:
    rotation.store()

    def answers(connection: str) -> list[int]:
        tokens = (rotation.old_token, rotation.new_token, uuid.uuid4().hex)
        return [post_webhook(aws, inbound(twilio), token, connection).status for token in tokens]

    for connection in rotation.connections:
        assert answers(connection) == [200, 200, 403], connection
