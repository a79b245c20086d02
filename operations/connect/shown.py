"""Shows a URL set at Twilio so that its owner recognises it, without the parts that may be secret."""

import re
from urllib.parse import urlsplit

from twilio_connector.masking import mask_numbers

# A part of a path of this length may be a key, unless it is a SID, such as that of a flow.
_LONG = re.compile(r"(?![A-Z]{2}[0-9a-f]{32}$).{16,}")
_OVERRIDES = re.compile(r"[a-z0-9=&,.]{1,60}")
ELLIPSIS = "…"


def shown(url: str) -> str:
    """*url* with an ellipsis for its credentials, its query string and long parts of its path; numbers masked."""
    if not url:
        return "nothing"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "an invalid URL"
    if not host:
        return "an invalid URL"
    user = f"{ELLIPSIS}@" if "@" in parts.netloc else ""
    path = "/".join(ELLIPSIS if _LONG.fullmatch(part) else mask_numbers(part) for part in parts.path.split("/"))
    query = f"?{ELLIPSIS}" if parts.query else ""
    fragment = f"#{parts.fragment if _OVERRIDES.fullmatch(parts.fragment) else ELLIPSIS}" if parts.fragment else ""
    return f"{parts.scheme}://{user}{host}{f':{port}' if port else ''}{path}{query}{fragment}"
