"""What Signature Version 4 makes of a request: its canonical form, byte for byte.

Knows bytes only: no clock, no keys, no event loop.
Source: IAM user guide, create a signed AWS API request; botocore 1.44.5, auth.py, read 2026-11-20 - documented
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SIGNATURE_FIELD = b"X-Amz-Signature"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """The parts of a request that a signature can cover, as they came."""

    method: str
    raw_path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    """Names in lower case."""

    def values(self, name: bytes) -> list[bytes]:
        """Every value of that header."""
        return [value for found, value in self.headers if found == name]


def canonical_request(request: WireRequest, query: bytes, signed_headers: Sequence[bytes], payload_hash: str) -> bytes:
    """The text whose hash is signed.

    Args:
        query: as `canonical_queries` gives it.
        signed_headers: names in lower case, each of which the request has.
        payload_hash: hex digits, or the word that stands for an unsigned payload.
    """
    return b"\n".join(
        (
            request.method.encode("latin-1"),
            canonical_path(request.raw_path),
            query,
            *_canonical_headers(request.headers, signed_headers),
            b"",
            b";".join(signed_headers),
            payload_hash.encode("latin-1"),
        )
    )


@lru_cache(maxsize=128)
def canonical_path(raw_path: bytes) -> bytes:
    """The path without dot segments and empty segments, percent-encoded once more than it came (`%3A` → `%253A`)."""
    kept: list[bytes] = []
    for segment in raw_path.split(b"/"):
        if segment == b"..":
            del kept[-1:]
        elif segment not in (b"", b"."):
            kept.append(segment)
    last = b"/" if kept and raw_path.endswith(b"/") else b""
    return quote_from_bytes(b"/" + b"/".join(kept) + last, safe="/~").encode()


def canonical_queries(raw_query: bytes) -> list[bytes]:
    """The query as a signer may have seen it: its fields in order, as they came and percent-encoded anew.

    botocore signs the text that it sends; curl and others encode it anew first. For what SDKs send the two are one.
    """
    if not raw_query:
        return [b""]
    pairs = [
        (name, value)
        for name, _, value in (field.partition(b"=") for field in raw_query.split(b"&"))
        if name != SIGNATURE_FIELD
    ]
    as_sent = _joined(pairs)
    anew = _joined((_encoded(name), _encoded(value)) for name, value in pairs if name)
    return [as_sent] if as_sent == anew else [as_sent, anew]


def _joined(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"&".join(name + b"=" + value for name, value in sorted(pairs))


def _encoded(text: bytes) -> bytes:
    return quote_from_bytes(unquote_to_bytes(text), safe="-_.~").encode()


def _canonical_headers(headers: Iterable[tuple[bytes, bytes]], signed_headers: Sequence[bytes]) -> list[bytes]:
    values: dict[bytes, list[bytes]] = {name: [] for name in signed_headers}
    for name, value in headers:
        if name in values:
            values[name].append(b" ".join(value.split()))
    return [name + b":" + b",".join(values[name]) for name in signed_headers]
