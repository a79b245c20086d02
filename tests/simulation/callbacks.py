"""Twilio's webhooks: lost, late, doubled, out of order, their answers lost; repeated as ``#rc=5&rp=all`` asks for."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.simulation.functions import Functions
from tests.simulation.messages import SimulatedRow
from tests.simulation.surroundings import Invocation, Surroundings
from tests.support.webhook_requests import API_URL, AUTH_TOKEN, FORM, load_event
from tests.support.webhook_signers import Signer

PATH = "/webhook/default"
REPEATS, REPEAT_SECONDS = 5, 15.0
_SIGNER = Signer(AUTH_TOKEN)
_EVENT = load_event("http-api-inbound-message")


@dataclass
class Callbacks:
    """What Twilio reports by webhooks, of which a *share* gets lost, and others are *troubled* so often.

    *acknowledged* are the parameters of those that were answered by 2xx, whether Twilio got the answer or not.
    """

    around: Surroundings
    functions: Functions
    share_lost: float
    troubled: float
    acknowledged: list[dict[str, str]] = field(default_factory=list)

    def tell(self, row: SimulatedRow) -> None:
        """Call the webhook with what *row* is now, if that does not get lost."""
        dice, parameters = self.around.dice, row.parameters()
        if dice.random() < self.share_lost and not self.around.weather.clear:
            self._fault("callback lost", parameters)
            return
        delay, times = dice.uniform(0.05, 1.0), 1
        if dice.random() < self.troubled:
            delay = dice.choice([5.0, 60.0, 900.0]) * dice.random()
            self._fault("callback late", parameters)
        if dice.random() < self.troubled:
            times = 2
            self._fault("callback doubled", parameters)
        for _ in range(times):
            self.around.scheduler.after(delay, lambda: self._begin(row, parameters))
            delay += dice.choice([0.0, 0.01, 30.0])

    def _begin(self, row: SimulatedRow, parameters: dict[str, str]) -> None:
        if parameters.get("MessageStatus", row.status) != row.status:
            self._fault("callback out of order", parameters)
        self._attempt(parameters, REPEATS, self.around.now)

    def _attempt(self, parameters: dict[str, str], repeats: int, first: float) -> None:
        def answered(invocation: Invocation) -> None:
            result = invocation.result
            status = result["statusCode"] if invocation.outcome == "returned" else 500
            if 200 <= status < 300:
                self.acknowledged.append(parameters)
                if self.around.weather.clear or dice.random() >= self.troubled:
                    return
                self._fault("answer lost", parameters)
            elif status != 429 and status < 500:
                return
            if repeats and self.around.now - first < REPEAT_SECONDS:
                self.around.scheduler.after(dice.uniform(0.5, 4), lambda: self._attempt(parameters, repeats - 1, first))

        dice = self.around.dice
        self.functions.invoke("webhook", self._event(parameters), then=answered)

    def _fault(self, kind: str, parameters: Mapping[str, str]) -> None:
        self.around.record.faults["twilio", kind] += 1
        status = parameters.get("MessageStatus", "received")
        self.around.note("twilio", f"{parameters['MessageSid'][:8]}:{status}", kind)

    def _event(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        lists = {name: [value] for name, value in parameters.items()}
        headers = {"host": API_URL.removeprefix("https://"), "x-forwarded-proto": "https", "content-type": FORM}
        context = _EVENT["requestContext"]
        return {
            **_EVENT,
            "rawPath": PATH,
            "rawQueryString": "",
            "body": b64encode(urlencode(parameters).encode()).decode(),
            "isBase64Encoded": True,
            "pathParameters": {"connection": "default"},
            "headers": {**headers, **_SIGNER.headers(API_URL + PATH, lists)},
            "requestContext": {**context, "http": {**context["http"], "method": "POST", "path": PATH}},
        }
