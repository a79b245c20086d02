"""The turnstile between the model of sends and one invocation of it: of the two threads, one runs at a time."""

import threading


class Turnstile:
    """Whose turn it is: the model's, at first, or the invocation's.

    The invocation waits for its turn before each call that it makes, and passes it on when it has come to the next
    one, or to its end. The model lets it through, and does nothing until the turn is back. As each invocation has a
    turnstile of its own, the model decides which of them takes the next step. So a second send, under the same key,
    comes in the middle of a first one, and always at the same place::

        model                      first invocation             second invocation
        -------------------------- ---------------------------- ----------------------------
                                   wait()                       wait()
        first.go_on("create"):
          let_through()  ------->  reach("dynamodb")
                         <-------    pass_on(), wait()
          let_through()  ------->    claims the key
                                   ... and so on ...
                                   reach("create")
                         <-------    pass_on(), wait()
        second.go_on():
          let_through()  ------------------------------------>  reach("dynamodb")
                         <------------------------------------    pass_on(), wait()
          let_through()  ------------------------------------>    finds the claim
                                                                ... and so on ...
                                                                ends: SendInProgressError
                         <------------------------------------    pass_on()
        first.go_on():
          let_through()  ------->    asks for the message
                                   ... and so on ...
                                   ends: its SID
                         <-------    pass_on()
    """

    def __init__(self) -> None:
        self._invocation = threading.Semaphore(0)
        self._model = threading.Semaphore(0)

    def wait(self) -> None:
        """Wait for the turn. Called by the invocation."""
        self._invocation.acquire()

    def pass_on(self) -> None:
        """Give the turn back. Called by the invocation."""
        self._model.release()

    def let_through(self) -> None:
        """Give the turn to the invocation, and wait until it is back. Called by the model."""
        self._invocation.release()
        self._model.acquire()
