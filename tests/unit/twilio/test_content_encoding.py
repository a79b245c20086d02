"""Compressed answers: whole ones are read, as far as the limit; the beginning of one is never taken for one."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_connector.twilio.content_encoding import decode

LIMIT = 10_000


def raw_deflate(body: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return engine.compress(body) + engine.flush()


COMPRESSIONS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "its old name": ("x-gzip", gzip.compress),
    "in another case": (" GZip ", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "deflate without a frame": ("deflate", raw_deflate),
    "two members": ("gzip", lambda body: gzip.compress(body[:1]) + gzip.compress(body[1:])),
    "rubbish after the end": ("gzip", lambda body: gzip.compress(body) + b"\0\0rubbish"),
    "twice": ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
}


@pytest.mark.parametrize("name", COMPRESSIONS)
@given(body=st.binary(min_size=1, max_size=2_000))
def test_a_whole_answer_is_read(name: str, body: bytes) -> None:
    encoding, compress = COMPRESSIONS[name]
    assert decode(compress(body), encoding, LIMIT) == body


@pytest.mark.parametrize("name", ["gzip", "deflate", "deflate without a frame", "twice"])
@given(body=st.text(min_size=1, max_size=200), data=st.data())
def test_the_beginning_of_an_answer_is_none(name: str, body: str, data: st.DataObject) -> None:
    encoding, compress = COMPRESSIONS[name]
    whole = compress(body.encode())
    with pytest.raises(ValueError, match=r"cut short|not compressed"):
        decode(whole[: data.draw(st.integers(1, len(whole) - 1))], encoding, LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_is_not_compressed_is_refused_and_no_body_needs_no_compression(encoding: str) -> None:
    with pytest.raises(ValueError, match="not compressed"):
        decode(b"plain text", encoding, LIMIT)
    assert decode(b"", encoding, LIMIT) == b""


@pytest.mark.parametrize("encoding", ["", "identity", "br", "unheard-of"])
def test_other_encodings_are_left_as_they_are(encoding: str) -> None:
    assert decode(b"\x1f\x8b as it is", encoding, LIMIT) == b"\x1f\x8b as it is"


@pytest.mark.parametrize("compress", [gzip.compress, lambda body: gzip.compress(body[:1]) * 2 + gzip.compress(body)])
def test_no_more_is_read_than_the_limit(compress: Callable[[bytes], bytes]) -> None:
    assert decode(compress(bytes(1_000 * LIMIT)), "gzip", LIMIT) == bytes(LIMIT)
