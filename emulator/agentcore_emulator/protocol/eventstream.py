"""Binary event streams: one frame for each event of an answer.

    total length u32 · headers length u32 · crc32 of these 8 bytes u32 · headers · payload · crc32 of all before u32
    header = name length u8 · name · type u8 (7: a string) · value length u16 · value

An event's payload is one JSON document. An exception of the operation's model ends the stream; it is named as the
output's member is (`throttlingException`), and a client raises it.
Source: frames that botocore and the JavaScript SDK decode, read 2026-11-20 - observed
"""

import json
import struct
from collections.abc import Mapping
from typing import Final
from zlib import crc32

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"
HEADER_NAME_SIZE_MAX: Final = 255
HEADER_VALUE_SIZE_MAX: Final = 32_767
HEADERS_SIZE_MAX: Final = 128 * 1024
PAYLOAD_SIZE_MAX: Final = 16 * 1024 * 1024

_STRING = 7
_JSON = "application/json"


def encode_event(event_type: str, document: object) -> bytes:
    """The frame of one event, named as the member of the output's union is (`chunk`)."""
    headers = {":event-type": event_type, ":content-type": _JSON, ":message-type": "event"}
    return encode_frame(headers, json.dumps(document).encode())


def encode_exception(exception_type: str, message: str) -> bytes:
    """The frame of a modelled exception in the middle of a stream, named by its member (`internalServerException`)."""
    headers = {":exception-type": exception_type, ":content-type": _JSON, ":message-type": "exception"}
    return encode_frame(headers, json.dumps({"message": message}).encode())


def encode_frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One frame with string headers and this payload.

    Raises:
        ValueError: a name, a value, the headers together or the payload is longer than a frame takes.
    """
    block = b"".join(_encode_header(name.encode(), value.encode()) for name, value in headers.items())
    if len(block) > HEADERS_SIZE_MAX:
        raise ValueError(f"headers take {len(block)} bytes, a frame takes {HEADERS_SIZE_MAX}")
    if len(payload) > PAYLOAD_SIZE_MAX:
        raise ValueError(f"payload has {len(payload)} bytes, a frame takes {PAYLOAD_SIZE_MAX}")
    lengths = struct.pack("!II", 16 + len(block) + len(payload), len(block))
    message = b"".join((lengths, struct.pack("!I", crc32(lengths)), block, payload))
    return message + struct.pack("!I", crc32(message))


def _encode_header(name: bytes, value: bytes) -> bytes:
    if not 1 <= len(name) <= HEADER_NAME_SIZE_MAX:
        raise ValueError(f"a header's name takes 1 to {HEADER_NAME_SIZE_MAX} bytes, found {len(name)}")
    if len(value) > HEADER_VALUE_SIZE_MAX:
        raise ValueError(f"a header's value takes {HEADER_VALUE_SIZE_MAX} bytes, found {len(value)}")
    return struct.pack(f"!B{len(name)}sBH{len(value)}s", len(name), name, _STRING, len(value), value)
