"""What requests to Twilio's REST API have in common. https://www.twilio.com/docs/usage/requests-to-twilio"""

from collections.abc import Sequence

API_PATH = "/2010-04-01"
MAX_PAGE_SIZE = 1_000
# At the end of a webhook's URL: up to five repeats, whatever the failure. Twilio neither sends nor signs it.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
CONNECTION_OVERRIDES = "#rc=5&rp=all"
FORM_TYPE = "application/x-www-form-urlencoded"

# As Twilio names them (``To``, ``DateSent>``, …), in their order; a name may come repeatedly.
Parameters = Sequence[tuple[str, str]]
