"""The ways in which the query string of a signed URL may have been written, where the event does not say.

What each front door leaves of it is a table in `docs/webhooks.md`, with its sources.

Why: docs/decisions.md#2026-11-28-orders-and-spellings-are-tried-from-one-budget
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product
from urllib.parse import quote

from twilio_connector.webhook.http_request import BODY_HASH, HttpRequest, Pairs

# What Twilio's signer leaves as it is where the request has it escaped: https://github.com/twilio/twilio-node/pull/621
SIGNER_LEAVES = "'@:"
# Up to so many parameters, or else names, are put into every order.
MAX_ORDERED = 4
# What is unescaped in URLs, besides letters, digits and -._~: nothing (form encoders), what the signer leaves, what
# JavaScript's encodeURIComponent leaves, both, and all that a query string may hold as it is (RFC 3986, 3.4).
_LEFT = ("", SIGNER_LEAVES, "!'()*", "!'()*@:", "!$'()*,;:@/?")
# Of so many of these characters any may be unescaped, as in URLs that were written by hand; of more, any of those
# that the signer leaves, and what the functions of Python and Java leave.
MAX_LEFT_FREELY = 3
_RARELY_LEFT = ("/", "*")


def spellings(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Pairs of a word for how it was made, and a query string with its question mark; likeliest first, each once.

    ``raw`` is the query string byte for byte, or the usual spelling of parameters that the event holds decoded.
    ``unescaped`` leaves what Twilio's signer leaves, ``blanks`` writes blanks in another way, ``rebuilt`` is what
    decoded parameters may have been. An event shows an empty query string and none at all alike.
    """
    if not request.query:
        yield from (("raw", ""), ("raw", "?"))
        return
    made = _of_text(request.query) if request.parameters is None else _of_parameters(request.parameters)
    yield from ((word, f"?{query}") for word, query in made)


def _of_text(query: str) -> Iterator[tuple[str, str]]:
    """Spellings of a query string that is there. A blank in it was none on the wire: some doors undo a ``+``."""
    escaped = "".join(char for char in SIGNER_LEAVES if any(escape in query for escape in _escapes(char)))
    wire = query.replace(" ", "+")
    blanks = dict.fromkeys((query, wire, wire.replace("+", "%20"), wire.replace("%20", "+")))
    for left in dict.fromkeys(("", escaped, *_some(escaped))):
        for spelled in blanks:
            word = "blanks" if spelled != query else "unescaped" if left else "raw"
            yield word, _unescaped(spelled, left)


def _of_parameters(parameters: Pairs) -> Iterator[tuple[str, str]]:
    """Spellings of decoded parameters, in every order if they are few; ``bodySHA256``, which Twilio adds, last."""
    own = [pair for pair in parameters if pair[0] != BODY_HASH]
    added = [_encoded(*pair) for pair in parameters if pair[0] == BODY_HASH]
    orders, texts = _orders(own), [_encoded(*pair) for pair in own]
    text = "&".join(texts)
    word = "raw"
    bares = (False, True) if any(name and not value for name, value in own) else (False,)
    blanks = ("+", "%20") if "%20" in text else ("%20",)
    for lefts in _lefts(text):
        for bare, left, blank in product(bares, lefts, blanks):
            spelled = [_unescaped(_bare(each) if bare else each, left).replace("%20", blank) for each in texts]
            for order in orders:
                yield word, "&".join([*(spelled[place] for place in order), *added])
                word = "rebuilt"


def _lefts(text: str) -> tuple[list[str], list[str]]:
    """The characters of *text* that may be unescaped, each set of them once: the usual sets, and the others."""
    usual = list(dict.fromkeys(_held(text, each) for each in _LEFT))
    held = _held(text, _LEFT[-1])
    is_free = len(held) <= MAX_LEFT_FREELY
    rare = [*_some(held if is_free else _held(text, SIGNER_LEAVES)), *(_held(text, each) for each in _RARELY_LEFT)]
    known = set(map(frozenset, usual))
    return usual, [left for left in dict.fromkeys(rare) if frozenset(left) not in known]


def _some(chars: str) -> list[str]:
    """Some of *chars*: neither none of them nor all."""
    return ["".join(some) for size in range(1, len(chars)) for some in combinations(chars, size)]


def _orders(pairs: Sequence[tuple[str, str]]) -> list[tuple[int, ...]]:
    """Places of *pairs* in each order that is tried, their own first, each once."""
    if len(pairs) <= MAX_ORDERED:
        # Equal pairs have one place, so that exchanging them makes no other order.
        return list(dict.fromkeys(permutations(map(pairs.index, pairs))))
    together: dict[str, list[int]] = {}
    for place, (name, _) in enumerate(pairs):
        together.setdefault(name, []).append(place)
    if len(together) > MAX_ORDERED:
        return [tuple(range(len(pairs)))]
    return [tuple(place for group in groups for place in group) for groups in permutations(together.values())]


def _encoded(name: str, value: str) -> str:
    return "=".join(quote(part, safe="", errors="surrogatepass") for part in (name, value))


def _bare(pair: str) -> str:
    return pair.removesuffix("=") if len(pair) > 1 else pair


def _held(text: str, chars: str) -> str:
    """Those of *chars* that *text* holds escaped."""
    return "".join(char for char in chars if f"%{ord(char):02X}" in text)


def _escapes(char: str) -> tuple[str, str]:
    return f"%{ord(char):02X}", f"%{ord(char):02x}"


def _unescaped(text: str, chars: str) -> str:
    for char in chars:
        for escape in dict.fromkeys(_escapes(char)):
            text = text.replace(escape, char)
    return text
