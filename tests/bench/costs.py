"""What a million of each costs, from measured durations and stated prices."""

from dataclasses import dataclass

# US dollars in us-east-1, without free tiers and log storage, as of November 2026.
# https://aws.amazon.com/lambda/pricing/ (arm64), /api-gateway/pricing/ (HTTP APIs), /eventbridge/pricing/ (custom
# events, by 64 KB), /dynamodb/pricing/on-demand/ (a transaction counts twice), /secrets-manager/pricing/
LAMBDA_REQUEST = 0.20 / 1e6
LAMBDA_GB_SECOND = 0.0000133334
API_REQUEST = 1.00 / 1e6
EVENT = 1.00 / 1e6
WRITE, READ = 0.625 / 1e6, 0.125 / 1e6

MILLION = 1_000_000


@dataclass(frozen=True)
class Costs:
    """Dollars per million of each."""

    webhooks: float
    sends: float
    polls: float
    polled_messages: float


def costs(*, webhook: float, send: float, quiet_poll: float, polled_message: float, memory_mb: dict[str, int]) -> Costs:
    """The costs, from seconds that a warm function takes for each. Secrets are read once in five minutes: left out."""

    def seconds(function: str, duration: float) -> float:
        return duration * memory_mb[function] / 1024 * LAMBDA_GB_SECOND

    return Costs(
        webhooks=MILLION * (API_REQUEST + LAMBDA_REQUEST + seconds("WebhookFunction", webhook) + EVENT),
        # One read; the claim and its end, a transaction each, of two and of three items.
        sends=MILLION * (LAMBDA_REQUEST + seconds("SendSmsFunction", send) + READ + 2 * 5 * WRITE),
        # The lease taken, the cursor saved, the lease given back.
        polls=MILLION * (LAMBDA_REQUEST + seconds("PollFunction", quiet_poll) + 3 * WRITE),
        # A hundred in an event of at most 128 KB; a page of a thousand is one item of 16 KB and one of the cursor.
        polled_messages=MILLION * (seconds("PollFunction", polled_message) + 2 * EVENT / 100 + 17 * WRITE / 1000),
    )
