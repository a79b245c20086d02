"""What each front door makes of a URL, by its sources: the table of `docs/webhooks.md`, and the models of the doors.

A model does what the table says, and where sources differ or none was found (`unsettled`) either of what may be.

Why: docs/decisions.md#2026-11-28-the-models-of-the-front-doors-are-a-table-with-sources
"""

from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qsl, unquote

HTTP_API, HTTP_API_1, REST_API, FUNCTION_URL = "HTTP API, 2.0", "HTTP API, 1.0", "REST API", "Function URL"
REST_DOMAIN = "REST API, own domain"
COLUMNS = (HTTP_API, HTTP_API_1, REST_API, REST_DOMAIN, FUNCTION_URL)

_AWS = "https://docs.aws.amazon.com/"
_GATEWAY = f"{_AWS}apigateway/latest/developerguide/"
_GITHUB = "https://github.com/"
_POWERTOOLS = f"{_GITHUB}aws-powertools/powertools-lambda-python/"
_VOKER = f"{_GITHUB}hotsock/voker/"
# By their numbers in the table.
SOURCES = {
    1: ("AWS: payload formats of HTTP APIs", f"{_GATEWAY}http-api-develop-integrations-lambda.html"),
    2: ("AWS: Lambda proxy integrations of REST APIs", f"{_GATEWAY}set-up-lambda-proxy-integrations.html"),
    3: ("AWS: mappings of REST APIs", f"{_GATEWAY}rest-api-mappings.html"),
    4: ("AWS: function URLs", f"{_AWS}lambda/latest/dg/urls-invocation.html"),
    5: ("Events and paths recorded on AWS in July 2026, behind all three doors", f"{_VOKER}pull/8"),
    6: ("Events recorded by Powertools, of all kinds of API, with and without a mapping", f"{_POWERTOOLS}pull/579"),
    7: ("Powertools' sample events: the files `…PathTrailingSlash.json`", f"{_POWERTOOLS}tree/develop/tests/events"),
    8: ("The stage in `rawPath`", f"{_POWERTOOLS}issues/621"),
    9: ("A Function URL's `+` as a blank, 2024", f"{_GITHUB}aws/aws-lambda-web-adapter/issues/491"),
    10: ("A REST API's `+` as a blank", f"{_GITHUB}aws/aws-cdk/issues/19827"),
    11: ("Escapes in `rawQueryString`", f"{_GITHUB}aws/aws-lambda-dotnet/pull/721"),
    12: ("A signed webhook whose parameters lost their order", f"{_GITHUB}CodeGenieApp/serverless-express/issues/23"),
    13: ("A mapping that `rawPath` leaves out", f"{_GITHUB}CodeGenieApp/serverless-express/issues/612"),
    14: ("Escapes in the paths of each kind", f"{_GITHUB}middleapi/standard-server/pull/93"),
    15: ("Paths of REST APIs under their own domains", f"{_GITHUB}localstack/localstack/pull/12296"),
    16: ("REST APIs and trailing slashes", f"{_POWERTOOLS}issues/1552"),
}  # fmt: skip

# What is handed over, by what of the URL it is of: for each of the columns the words, and the numbers of their sources.
TABLE: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {
    "path": (("kept", (5,)), ("kept", (6,)), ("kept", (5,)), ("kept", (6,)), ("kept", (5,))),
    "escapes in the path": (
        ("decoded", (5, 14)),
        ("decoded", (14,)),
        ("kept", (5, 14)),
        ("kept", (14,)),
        ("kept, and decoded", (5,)),
    ),
    "stage": (
        ("in the paths", (8,)),
        ("in the paths", (6,)),
        ("in one path of two", (5, 6)),
        ("in none, as in the URL", (3, 6, 15)),
        ("in none, as in the URL", (4,)),
    ),
    "mapping of a domain": (
        ("lost", (1, 13)),
        ("in the paths", (1,)),
        ("", ()),
        ("in the paths", (6, 15)),
        ("", ()),
    ),
    "trailing slash": (
        ("in one path of two", (7,)),
        ("in one path of two", (7,)),
        ("kept", (6, 16)),
        ("kept", (6,)),
        ("in one path of two", (7,)),
    ),
    "host": (("kept", (5,)), ("kept", (6,)), ("kept", (5,)), ("kept", (6,)), ("kept", (5,))),
    "upper case in the host": (("unsettled", ()),) * 5,
    "port": (("unsettled", ()),) * 5,
    "escapes in the query": (
        ("kept", (5, 11)),
        ("unsettled", ()),
        ("decoded", (5,)),
        ("decoded", (5,)),
        ("kept", (5,)),
    ),
    "`+`": (
        ("kept", (5,)),
        ("unsettled", ()),
        ("a blank", (5, 10)),
        ("a blank", (5, 10)),
        ("kept, or a blank", (5, 9)),
    ),
    "`%20`": (
        ("kept", (5, 11)),
        ("unsettled", ()),
        ("a blank", (5,)),
        ("a blank", (5,)),
        ("kept", (9,)),
    ),
    "order": (
        ("kept", (5,)),
        ("any", (1,)),
        ("any", (2, 12)),
        ("any", (2, 12)),
        ("kept", (5,)),
    ),
    "repeated names": (
        ("kept", (1, 5)),
        ("grouped", (1,)),
        ("grouped", (2, 5)),
        ("grouped", (2, 5)),
        ("kept", (5,)),
    ),
    "`?a` and `?a=`": (
        ("kept", (5,)),
        ("unsettled", ()),
        ("one and the same", (5,)),
        ("one and the same", (5,)),
        ("kept", (5,)),
    ),
    "`?` alone": (("unsettled", ()),) * 5,
}


def says(door: str, row: str) -> str:
    """What the table says of *row* behind *door*."""
    return TABLE[row][COLUMNS.index(door)][0]


def markdown() -> str:
    """The table and its sources, as the page has them."""

    def cell(words: str, numbers: tuple[int, ...]) -> str:
        return " ".join([words, *(f"[{number}]" for number in numbers)]).strip()

    rows = [("", *COLUMNS), ("---",) * (len(COLUMNS) + 1)]
    rows += [(row, *(cell(*each) for each in cells)) for row, cells in TABLE.items()]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([*lines, "", *(f'[{number}]: {url} "{title}"' for number, (title, url) in SOURCES.items())])


@dataclass(frozen=True)
class HandedOver:
    """A query string as an event has it: as it is, or decoded, by name."""

    raw: str | None = None
    values: dict[str, list[str]] | None = None


def handed_over(door: str, query: str, random: Random) -> HandedOver:
    """What *door* makes of the query string *query*."""
    if says(door, "escapes in the query") == "kept":
        undone = "blank" in says(door, "`+`") and random.random() < 0.5
        return HandedOver(raw=query.replace("+", " ") if undone else query)
    pairs = parse_qsl(query, keep_blank_values=True)
    random.shuffle(pairs)
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return HandedOver(values=values)


@dataclass(frozen=True)
class Paths:
    """The two paths of an event: its own, and its context's."""

    own: str
    context: str


def paths_of(door: str, path: str, stage: str, random: Random) -> Paths:
    """What *door* makes of the path that was called, with the *stage* in it or none."""
    decoded = unquote(path)
    if door == FUNCTION_URL:
        own, context = path, decoded
    elif door in (HTTP_API, HTTP_API_1):
        own = context = decoded
    else:
        own, context = path.removeprefix(f"/{stage}") if stage else path, path
    if says(door, "trailing slash") == "in one path of two" and random.random() < 0.5:
        context = context.rstrip("/")
    return Paths(own, context)
