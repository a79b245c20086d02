"""What requests to Twilio's REST API have in common. https://www.twilio.com/docs/usage/requests-to-twilio"""

import re
from collections.abc import Sequence

API_PATH = "/2010-04-01"
MAX_PAGE_SIZE = 1_000
# At the end of a webhook's URL: up to five repeats, whatever the failure. Twilio neither sends nor signs it.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
CONNECTION_OVERRIDES = "#rc=5&rp=all"
FORM_TYPE = "application/x-www-form-urlencoded"

# As Twilio names them (``To``, ``DateSent>``, …), in their order; a name may come repeatedly.
Parameters = Sequence[tuple[str, str]]

# The connection's edge and region, as in api.dublin.ie1.twilio.com.
_PLACED = re.compile(r"https://api((?:\.[a-z0-9-]+)*)\.twilio\.com")


def product_origin(product: str, api_url: str) -> str | None:
    """The origin of another of Twilio's APIs, at the edge and in the region of *api_url*, that of a connection.

    As Twilio's SDKs have it; None where *api_url* is none of Twilio's, as a sandbox's.
    https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region
    """
    place = _PLACED.fullmatch(api_url)
    return f"https://{product}{place[1]}.twilio.com" if place else None
