"""The contract agents in memory: what their real processes answer, without starting one."""

import hashlib
import itertools
import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class Answer:
    """Status, headers and body of an answer; the body comes in chunks."""

    status: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class AgentRequest:
    """A request as it reaches the agent; the names of its headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    session_id: str | None = None


class CutError(Exception):
    """The connection is to be closed in the middle of a body."""


class Process:
    """One process of a contract agent, with its own name, count of invocations and files."""

    def __init__(self, variant: str = "") -> None:
        self.ping = "Healthy"
        self.files: dict[str, str] = {}
        self.ended = threading.Event()
        self._name = uuid.uuid4().hex
        self._variant = variant
        self._count = itertools.count(1)

    def answer(self, request: AgentRequest) -> Answer:
        """Do what the payload says, as the real agent does."""
        payload: dict[str, Any] = json.loads(request.body)
        report = self._report(request)
        match payload["do"]:
            case "status":
                return in_json(payload["status"], payload["body"])
            case "respond":
                return Answer(200, {"content-type": payload["content_type"]}, iter([payload["body"].encode()]))
            case "stream":
                headers = {"content-type": "text/event-stream; charset=utf-8"}
                interval_s = payload["interval_ms"] / 1000
                return Answer(200, headers, self._stream(payload["events"], interval_s, payload.get("raise_after")))
            case "ping":
                self.ping = payload["answer"]
            case "write":
                report["written"] = f"/imitated/{uuid.uuid4().hex}"
                self.files[report["written"]] = payload["text"]
        return in_json(200, report)

    def forget(self) -> None:
        """Count from the beginning again."""
        self._count = itertools.count(1)

    def answer_json_rpc(self, request: AgentRequest) -> Answer:
        """What the MCP and the A2A contract agent answer."""
        message = json.loads(request.body)
        report = json.dumps(self._report(request))
        match message["method"]:
            case "initialize":
                result: dict[str, Any] = {"serverInfo": {"name": "contract"}}
            case "tools/call":
                result = {"content": [{"type": "text", "text": report}]}
            case "message/send":
                result = {"parts": [{"kind": "text", "text": report}]}
            case _:
                return Answer(message["params"]["status"], {"content-type": "text/plain"}, iter([b"secret"]))
        return in_json(200, {"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _report(self, request: AgentRequest) -> dict[str, Any]:
        return {
            "process": self._name,
            "invocations": next(self._count),
            "variant": self._variant,
            "session_id": request.session_id,
            "mcp_session_id": request.headers.get("mcp-session-id"),
            "method": "POST",
            "path": request.path,
            "headers": dict(request.headers),
            "body_sha256": hashlib.sha256(request.body).hexdigest(),
            "body_size": len(request.body),
        }

    def _stream(self, events: int, interval_s: float, raise_after: int | None) -> Iterator[bytes]:
        for n in range(events if raise_after is None else raise_after):
            if n and interval_s and self.ended.wait(interval_s):
                raise CutError
            yield _event({"n": n, "sent_at_ms": time.time() * 1000})
        if raise_after is not None:
            yield _event({"error": "raised", "error_type": "RuntimeError", "message": "An error occurred"})


def _event(content: dict[str, object]) -> bytes:
    return f"data: {json.dumps(content)}\n\n".encode()


def in_json(status: int, content: object) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, {"content-type": "application/json"}, iter([json.dumps(content).encode()]))
