"""What is offered in a load test, and when: instants are seconds from its beginning."""

SECONDS = 180
WEBHOOKS_A_SECOND = 30
SENDS_A_SECOND = 10
ADDED_A_SECOND = 5
POLL_EVERY_SECONDS = 3
# Whether the local AWS answers in time.
ASK_EVERY_SECONDS = 0.25

# Over and over: seconds, and webhooks in each of them. (4 * 90 + 4 * 0 + 12 * 20) / 20 = 30.
BURSTS = ((4, 90), (4, 0), (12, 20))
# When the bus goes away, and for how long. The second time it meets a burst, and what the first one left undelivered;
# what is left after the last one comes again within half a minute, and has a minute and a half for it.
OUTAGES = ((15.0, 5.0), (40.0, 6.0), (112.0, 5.0), (150.0, 4.0))


def steady(every_seconds: float, seconds: float = SECONDS) -> list[float]:
    """Instants that lie so far from each other."""
    return [number * every_seconds for number in range(round(seconds / every_seconds))]


def in_bursts(seconds: int = SECONDS) -> list[float]:
    """Instants of webhooks: WEBHOOKS_A_SECOND on average over each round of BURSTS."""
    by_second = [rate for length, rate in BURSTS for _ in range(length)]
    rates = [by_second[second % len(by_second)] for second in range(seconds)]
    return [second + number / rate for second, rate in enumerate(rates) for number in range(rate)]
