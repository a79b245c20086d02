"""The user of the phone: sends texts and receives them, in the background, and saves the outcomes on the board."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from local.bus import BusEvent
from local.phone.board import Board
from local.phone.stack import PhoneStack, SendFailedError
from local.phone.texts import Send, Way
from local.twilio_sandbox import TwilioSandbox

WORKERS = 24
PROOF_CUSTOMER = "+15557654321"


@dataclass
class Desk:
    """The stack, its board, and a pool of threads; `twilio` is None for a real account."""

    stack: PhoneStack
    board: Board
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WORKERS, "phone"))

    @property
    def twilio(self) -> TwilioSandbox | None:
        """The sandbox."""
        return self.stack.stage.twilio

    @property
    def sender(self) -> str:
        """The account's number; empty if the environment of a real account names none."""
        return self.stack.stage.sender or ""

    @property
    def recipient(self) -> str:
        """The customer's number; empty likewise."""
        return self.stack.stage.recipient or ""

    def saw(self, event: BusEvent) -> None:
        """Saves an event of the bus on the board."""
        self.board.saw(event, self.stack.matching(event.whole))

    def send(self, to: str, body: str, way: Way = "direct") -> tuple[Send, Future[None]]:
        """Sends a text; the future ends when the sender has an answer."""
        send = self.board.ask(way, from_=self.sender, to=to, body=body)
        return send, self.submit(lambda: self._deliver(send))

    def send_again(self, number: int) -> Future[None] | None:
        """Repeats a send under its key; None if the send cannot be repeated."""
        send = self.board.ask_again(number)
        return self.submit(lambda: self._deliver(send)) if send else None

    def receive(self, from_: str, body: str, media: Iterable[tuple[str, bytes]] = ()) -> str:
        """Sends a text as a customer; returns its SID. Only with the sandbox."""
        assert self.twilio is not None
        webhook_url = self.stack.stage.aws.outputs["WebhookUrl"]
        return self.twilio.receive(from_=from_, to=self.sender, body=body, media=media, webhook_url=webhook_url)

    def submit(self, work: Callable[[], None]) -> Future[None]:
        """Does something in the background."""
        return self.pool.submit(work)

    def close(self) -> None:
        """Closes the pool without waiting: work in progress ends with the stack."""
        self.board.close()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _deliver(self, send: Send) -> None:
        try:
            sid = self.stack.send(send)
        except SendFailedError as error:
            self.board.settle(send.number, error=str(error))
        except Exception as error:
            self.board.settle(send.number, error=f"The page failed: {type(error).__name__}")
            raise
        else:
            if sid:
                self.board.settle(send.number, sid=sid)
