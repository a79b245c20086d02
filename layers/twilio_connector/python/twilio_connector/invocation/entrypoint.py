"""The edge of every function: logs, metrics, errors and the result of one invocation."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from twilio_connector.errors import TwilioConnectorError, UnexpectedError
from twilio_connector.invocation.deadline import LambdaContext
from twilio_connector.invocation.observability import count, logger, metrics
from twilio_connector.invocation.results import encodable

Handler = Callable[[Any, LambdaContext], Any]


def entrypoint(handler: Handler) -> Handler:
    """Make *handler* a Lambda handler that logs, measures, returns what the runtime can write, and raises
    nothing but the connector's errors."""

    @wraps(handler)
    def wrapped(event: Any, context: LambdaContext) -> Any:
        logger.append_keys(function_request_id=context.aws_request_id)
        try:
            return encodable(handler(event, context))
        except Exception as exc:
            raise as_connector_error(exc) from None
        finally:
            if metrics.metric_set:
                metrics.flush_metrics()

    return wrapped


def as_connector_error(exc: Exception) -> TwilioConnectorError:
    """Log *exc* and return the error to raise for it.

    Lambda logs what is raised. So an exception that is not ours becomes :class:`UnexpectedError`, which says its kind
    and where it arose, but not its text: that may hold anything.
    """
    if isinstance(exc, TwilioConnectorError):
        logger.warning("Failed", extra={"error_type": type(exc).__name__, "reason": str(exc)})
        return exc
    count("UnexpectedErrors")
    error = UnexpectedError(f"{type(exc).__name__} at {_place(exc)}.")
    logger.error("Failed unexpectedly", extra={"reason": str(error)})
    return error


def _place(exc: Exception) -> str:
    """The functions and lines that led to *exc*, the innermost last, each by its module's name in the package."""
    frames, traceback = [], exc.__traceback__
    while traceback:
        frame = traceback.tb_frame
        module = str(frame.f_globals.get("__name__")).removeprefix("twilio_connector.")
        frames.append(f"{module}.{frame.f_code.co_name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return " > ".join(frames[-8:])
