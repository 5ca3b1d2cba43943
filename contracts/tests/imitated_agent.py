"""The contract agent in memory: what its real process answers, without starting one."""

import hashlib
import itertools
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Answer:
    """Status, headers and body of an answer; the body comes in chunks."""

    status: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


class Process:
    """One process of the contract agent, with its own name and count of invocations."""

    def __init__(self, stopped: threading.Event) -> None:
        self._name = uuid.uuid4().hex
        self._count = itertools.count(1)
        self._stopped = stopped

    def answer(self, path: str, session_id: str | None, body: bytes) -> Answer:
        """Do what the payload says, as the real agent does."""
        payload: dict[str, Any] = json.loads(body)
        count = next(self._count)
        match payload["do"]:
            case "status":
                return _json(payload["status"], payload["body"])
            case "respond":
                return Answer(200, {"content-type": payload["content_type"]}, iter([payload["body"].encode()]))
            case "stream":
                headers = {"content-type": "text/event-stream; charset=utf-8"}
                interval_s = payload["interval_ms"] / 1000
                return Answer(200, headers, self._stream(payload["events"], interval_s, payload.get("raise_after")))
        report = {"process": self._name, "invocations": count, "session_id": session_id, "method": "POST", "path": path}
        return _json(200, report | {"body_sha256": hashlib.sha256(body).hexdigest(), "body_size": len(body)})

    def _stream(self, events: int, interval_s: float, raise_after: int | None) -> Iterator[bytes]:
        for n in range(events if raise_after is None else raise_after):
            if n and interval_s:
                self._stopped.wait(interval_s)
            yield _event({"n": n, "sent_at_ms": time.time() * 1000})
        if raise_after is not None:
            yield _event({"error": "raised", "error_type": "RuntimeError", "message": "An error occurred"})


def _event(content: dict[str, object]) -> bytes:
    return f"data: {json.dumps(content)}\n\n".encode()


def _json(status: int, content: object) -> Answer:
    return Answer(status, {"content-type": "application/json"}, iter([json.dumps(content).encode()]))
