"""What Twilio says of an error: its code, a sentence and a link, from every form in which it writes them.

The 2010 API writes JSON or XML (https://www.twilio.com/docs/usage/twilios-response); the products write the same JSON,
lists of errors (https://www.twilio.com/docs/bulk-messaging/api/seek-message-resource), problem details (RFC 9457), SCIM
and OAuth. Proxies in between write HTML, which says nothing.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from twilio_connector.strict_json import parse_json

DOCUMENTATION = "https://www.twilio.com/docs/"
# An error of Twilio's takes a few hundred.
MAX_XML_BYTES = 65_536

_CODES = ("code", "error_code", "errorCode")
_SENTENCES = ("message", "error_message", "errorMessage", "detail", "error_description", "description", "title")
_LINKS = ("more_info", "moreInfo", "infoUrl", "error_code_url", "type")
_CODE = re.compile(r"[1-9][0-9]{0,5}")
_CODE_IN_LINK = re.compile(r"/errors/([1-9][0-9]{0,5})/?")


@dataclass(frozen=True)
class Explanation:
    """Twilio's *code*, *sentence* and *link* into its documentation, each as far as it gave one."""

    code: int | None = None
    sentence: str = ""
    link: str = ""


def explanation_in(body: bytes) -> Explanation:
    """What *body*, that of an answer which is an error, says of it; nothing is raised for what it does not."""
    text = body.removeprefix(BOM_UTF8).lstrip()
    for said in _candidates(_from_xml(text) if text[:1] == b"<" else _from_json(text)):
        link = next((link for link in _texts(said, _LINKS) if link.startswith(DOCUMENTATION)), "")
        in_link = _CODE_IN_LINK.search(link)
        codes = [*(said[key] for key in _CODES if key in said), *(in_link.groups() if in_link else ())]
        code = next((int(code) for code in codes if type(code) in (int, str) and _CODE.fullmatch(str(code))), None)
        sentence = next(_texts(said, _SENTENCES), "")
        if code or sentence:
            return Explanation(code, sentence, link)
    return Explanation()


def _candidates(parsed: Any) -> Iterator[Mapping[str, Any]]:
    """The objects that may be the error: the first of a list of them, the one inside another, or the whole."""
    if not isinstance(parsed, dict):
        return
    inner = parsed.get("errors") or parsed.get("error")
    first = inner[0] if isinstance(inner, list) else inner
    if isinstance(first, dict) and not any(key in parsed for key in _CODES):
        yield first
    yield parsed


def _texts(said: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    return (said[key] for key in keys if isinstance(said.get(key), str) and said[key].strip())


def _from_json(body: bytes) -> Any:
    try:
        return parse_json(body)
    except ValueError:
        return None


def _from_xml(body: bytes) -> dict[str, str] | None:
    """The children of ``<TwilioResponse><RestException>``, under the names that JSON has for them.

    Documents with a DTD, in which entities could grow, are not read.
    """
    # Here and not above: almost no answer is XML, and every cold start would pay.
    from xml.parsers import expat

    found: dict[str, list[str]] = {}
    path: list[str] = []
    # Whatever the document says: it would choose among all of Python's codecs.
    parser = expat.ParserCreate("UTF-8")

    def text(data: str) -> None:
        if len(path) == 3 and path[:2] == ["TwilioResponse", "RestException"]:
            found.setdefault(path[2], []).append(data)

    def refuse(*_: object) -> None:
        raise ValueError("a DTD")

    parser.StartElementHandler = lambda name, _: path.append(name)
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    if len(body) > MAX_XML_BYTES:
        return None
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError):
        return None
    names = {"Code": "code", "Message": "message", "Detail": "detail", "MoreInfo": "more_info"}
    return {names[tag]: "".join(texts).strip() for tag, texts in found.items() if tag in names}
