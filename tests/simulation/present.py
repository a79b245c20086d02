"""The history that is played at present, which the package in virtual time asks."""

import random
from typing import Any

from tests.simulation.scheduler import Scheduler


class _History:
    """What the package asks: scheduler, dice, and connections to Twilio of the history that is played."""

    scheduler: Scheduler
    dice: random.Random
    manager: Any


history = _History()
