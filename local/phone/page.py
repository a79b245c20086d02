"""The page, served on 127.0.0.1 while it is open.

with set_stage({}) as stage, PhonePage(stage) as page:
    print(page.url)
    for event in stage.watcher.follow():
        page.saw(event)
"""

import secrets
from types import TracebackType
from typing import Self

from local.bus import BusEvent
from local.phone.app import create_app
from local.phone.board import Board
from local.phone.desk import Desk
from local.phone.proofs import PROOFS
from local.phone.prover import Prover
from local.phone.stack import PhoneStack
from local.stage import Stage
from local.twilio_sandbox.server import LoopbackServer


class PhonePage:
    """A context manager; its URL's fragment, which no browser sends anywhere, is the token that its server asks for."""

    def __init__(self, stage: Stage, port: int = 0) -> None:
        self._token = secrets.token_urlsafe(24)
        self.desk = Desk(PhoneStack(stage), Board(stage.twilio))
        prover = Prover(self.desk, stage.twilio, PROOFS) if stage.twilio else None
        self._server = LoopbackServer(create_app(self.desk, prover, self._token), port, "phone")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self.desk.close()

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return f"{self._server.url}/#{self._token}"

    def saw(self, event: BusEvent) -> None:
        """Shows an event of the bus."""
        self.desk.saw(event)
