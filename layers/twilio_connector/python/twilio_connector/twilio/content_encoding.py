"""Compressed answers: taken apart here, because urllib3 takes one that is cut short for a whole one."""

import zlib
from collections.abc import Callable

_GZIP, _ZLIB, _DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


def decode(body: bytes, encodings: str, limit: int) -> bytes:
    """*body* without what the header Content-Encoding names, as far as *limit* bytes; unknown encodings stay.

    Raises ValueError where it is not what the header says, or only the beginning of it.
    """
    for encoding in reversed(encodings.lower().split(",")):
        decoder = _DECODERS.get(encoding.strip())
        # An answer to HEAD has the header without a body.
        if decoder and body:
            body = decoder(body, limit)
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    """As gzip has it, members follow each other; what else follows the first is ignored, as by other clients."""
    whole, rest = _inflate(body, _GZIP, limit)
    while rest.startswith(b"\x1f\x8b") and len(whole) < limit:
        member, rest = _inflate(rest, _GZIP, limit - len(whole))
        whole += member
    return whole


def _undeflate(body: bytes, limit: int) -> bytes:
    """With the frame of zlib, as the standard has it, or without, as some servers do."""
    try:
        return _inflate(body, _ZLIB, limit)[0]
    except ValueError:
        return _inflate(body, _DEFLATE, limit)[0]


def _inflate(body: bytes, window_bits: int, limit: int) -> tuple[bytes, bytes]:
    """At most *limit* bytes, and what follows the end of the compressed ones."""
    engine = zlib.decompressobj(window_bits)
    try:
        whole = engine.decompress(body, limit)
    except zlib.error:
        raise ValueError("it is not compressed as its header says") from None
    if len(whole) < limit and not engine.eof:
        raise ValueError("it is cut short")
    return whole, engine.unused_data


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _undeflate}
