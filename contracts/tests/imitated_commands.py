"""Commands in the imitated data plane: the few that the suite sends, answered as framed event streams."""

import json
import re
import struct
from binascii import crc32
from collections.abc import Iterator, Mapping
from typing import Any, Final

from defects import Defect
from imitated_agent import Answer, Process

_CAT: Final = re.compile(r"cat '([^']+)';.*exit (\d+)")


def command_answer(process: Process, content: Mapping[str, Any], defect: Defect | None) -> Answer:
    """Print the file that is asked for, or run into the timeout."""
    found = _CAT.match(content["command"])
    if found is None:
        timed_out = "COMPLETED" if defect is Defect.TIMEOUT_IS_COMPLETED else "TIMED_OUT"
        chunks = [_delta(stdout="begun\n"), {"contentStop": {"exitCode": -1, "status": timed_out}}]
    else:
        files = {} if defect is Defect.FILES_OUT_OF_SIGHT else process.files
        aside = "stdout" if defect is Defect.STDERR_IN_STDOUT else "stderr"
        code = 0 if defect is Defect.EXIT_CODE_LOST else int(found[2])
        ended = {"contentStop": {"exitCode": code, "status": "COMPLETED"}}
        chunks = [_delta(stdout=files.get(found[1], "")), _delta(**{aside: "aside\n"}), ended]
    headers = {"content-type": "application/vnd.amazon.eventstream"}
    return Answer(200, headers, _framed([{"contentStart": {}}, *chunks], defect))


def _delta(**streams: str) -> dict[str, Any]:
    return {"contentDelta": streams}


def _framed(chunks: list[dict[str, Any]], defect: Defect | None) -> Iterator[bytes]:
    for chunk in chunks:
        payload = json.dumps(chunk).encode()
        yield payload if defect is Defect.COMMAND_NOT_FRAMED else frame(payload)


def frame(payload: bytes) -> bytes:
    """One frame of an event stream, of the event type `chunk`."""
    named = {":message-type": "event", ":event-type": "chunk", ":content-type": "application/json"}
    headers = b"".join(
        struct.pack("!B", len(name)) + name.encode() + b"\x07" + struct.pack("!H", len(value)) + value.encode()
        for name, value in named.items()
    )
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return message + struct.pack("!I", crc32(message))
