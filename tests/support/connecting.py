"""What tests of `make connect` do: ask for it, and look at what it has left."""

from collections.abc import Callable, Mapping
from typing import Any

from local.twilio_sandbox import OwnedNumber
from operations.connect.connecting import Asked, connect
from operations.findings import Finding
from tests.support.deployed_stack import DeployedStack, told

WEBHOOK = "https://api.example.com/webhook/default"
RIGHT = f"{WEBHOOK}#rc=5&rp=all"
FORMER = "https://user:pass@other.example.com/in?token=abc"
NUMBER = "+15550002222"
APPLICATION = "AP" + "1" * 32


def yes() -> bool:
    """The answer of an operator who wants it."""
    return True


def connected(deployed: DeployedStack, confirmed: Callable[[], bool] = yes, **asked: Any) -> list[Finding]:
    """What `make connect` says, asked for NUMBER unless *asked* names something else."""
    target = {} if "service" in asked else {"number": NUMBER}
    return list(connect(deployed.stack, Asked(confirmed, **{"connection": "default", **target, **asked})))


def last(findings: list[Finding]) -> tuple[str, str]:
    """Level and text of what is said at the end."""
    told(findings)
    return str(findings[-1].level), findings[-1].text


def own(deployed: DeployedStack, url: str = FORMER, **rest: Any) -> list[OwnedNumber]:
    """The account's numbers, the second of which is NUMBER."""
    owned = deployed.world.twilio.owned_numbers
    owned[:] = [OwnedNumber("+15550001111", FORMER), OwnedNumber(NUMBER, url, **rest)]
    return owned


def changes(deployed: DeployedStack) -> list[str]:
    """The paths of the requests that may have changed something at Twilio."""
    return [request.path for request in deployed.world.twilio.requests if request.method != "GET"]


def kept(deployed: DeployedStack) -> list[Mapping[str, Any]]:
    """The items in which the state table keeps what was there."""
    return list(deployed.world.items("connect#"))
