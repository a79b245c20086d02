"""What the connector logs while a block runs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from twilio_connector.invocation.observability import logger


class _Lines(logging.Handler):
    """Keeps what is logged, as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert logger.registered_formatter is not None
        self.lines.append(logger.registered_formatter.format(record))


@contextmanager
def log_lines() -> Iterator[list[str]]:
    """The lines of the log, JSON each, as far as they have come. Capturing the output would miss them: the logger
    keeps the stream that was the standard output when it was made.
    """
    handler = _Lines()
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger._logger.removeHandler(handler)
