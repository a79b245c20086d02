"""Where a new cursor starts."""

import math
from datetime import datetime

from twilio_connector.errors import InvalidInputError


def starting_second(since: datetime, now: int) -> int:
    """The second since the epoch that the input *since* asks for, of which *now* is the current one.

    Raises :class:`InvalidInputError` for one in the future.
    """
    instant = since.timestamp()
    if math.floor(instant) > now:
        raise InvalidInputError("since is in the future: nothing before it would ever be published.")
    # In the current second it is as good as now.
    return min(math.ceil(instant), now)
