"""A small data plane that keeps every requirement of the contract suite, and one switch to break each of them.

It imitates the service, its sessions and the contract agent in memory, in threads of the test process. Nothing here
is used by the emulator or the suite: it exists so that each check has been seen to fail.
"""

import json
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from enum import StrEnum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote

from imitated_agent import Answer, Process

from agentcore_contracts.data_plane import SESSION_HEADER
from agentcore_contracts.target import Target

REGION: Final = "ap-southeast-2"
ACCOUNT_ID: Final = "123456789012"
RUNTIMES: Final = {name: f"{name}-0123456789" for name in ("contract", "broken")}
ARN_STEM: Final = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT_ID}:runtime/"
_INVOCATION: Final = re.compile(r"/runtimes/([^/?]+)/invocations(?:\?(.*))?")


class Defect(StrEnum):
    """One way of not being AgentCore."""

    BODY_ALTERED = auto()
    OUTER_PATH_PASSED_ON = auto()
    BARE_ID_REFUSED = auto()
    BARE_ID_WITHOUT_ACCOUNT_ACCEPTED = auto()
    NO_GENERATED_ID_RETURNED = auto()
    GENERATED_ID_TOO_SHORT = auto()
    GENERATED_ID_HIDDEN_FROM_AGENT = auto()
    ID_NOT_RETURNED = auto()
    ID_OF_32_ACCEPTED = auto()
    ID_OF_257_ACCEPTED = auto()
    ID_OF_33_REFUSED = auto()
    ID_OF_256_REFUSED = auto()
    ERROR_WITHOUT_TYPE = auto()
    ERROR_NOT_JSON = auto()
    ONE_PROCESS_FOR_ALL = auto()
    NEW_PROCESS_EACH_TIME = auto()
    STATUS_PASSED_THROUGH = auto()
    STATUS_NOT_NAMED = auto()
    AGENT_BODY_LEAKED = auto()
    AGENT_BODY_IN_NEXT_ANSWER = auto()
    START_FAILURE_IS_500 = auto()
    START_FAILURE_NOT_NAMED = auto()
    UNKNOWN_QUALIFIER_ACCEPTED = auto()
    UNKNOWN_ARN_IS_400 = auto()
    QUALIFIER_NOT_NAMED = auto()
    STREAM_BUFFERED = auto()
    STREAM_ONE_EVENT_LATE = auto()
    STREAM_ERROR_IS_424 = auto()
    STREAM_CUT_AT_ERROR = auto()
    STREAM_ERROR_SWALLOWED = auto()
    CONTENT_TYPE_PARAMETERS_DROPPED = auto()
    CONTENT_TYPE_FIXED = auto()


LIMITS_OF_ID: Final[Mapping[Defect | None, tuple[int, int]]] = {
    Defect.ID_OF_32_ACCEPTED: (32, 256),
    Defect.ID_OF_257_ACCEPTED: (33, 257),
    Defect.ID_OF_33_REFUSED: (34, 256),
    Defect.ID_OF_256_REFUSED: (33, 255),
}


class ServiceError(Exception):
    """An answer of the service itself."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message


class DataPlaneImitation:
    """The data plane on a free port of loopback while the context lasts; `defect` None is the correct one."""

    def __init__(self, defect: Defect | None = None) -> None:
        self._defect = defect
        self._processes: dict[str, Process] = {}
        self._left_over = b""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="data plane imitation")
        self.stopped = threading.Event()
        self.target = Target(
            name="imitation",
            endpoint_url=f"http://127.0.0.1:{self._server.server_address[1]}",
            region=REGION,
            account_id=ACCOUNT_ID,
            runtimes={name: ARN_STEM + id_ for name, id_ in RUNTIMES.items()},
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def has(self, *defects: Defect) -> bool:
        """Whether one of these is the switch that is on."""
        return self._defect in defects

    def answer(self, raw_path: str, session_id: str | None, body: bytes) -> Answer:
        """The answer to one POST."""
        try:
            runtime = self._resolve(raw_path)
            given = session_id
            session_id = self._session_id(given)
            answer = self._invoke(runtime, session_id, body, raw_path, generated=given is None)
        except ServiceError as error:
            return self._error(error)
        hidden = Defect.NO_GENERATED_ID_RETURNED if given is None else Defect.ID_NOT_RETURNED
        if not self.has(hidden):
            answer.headers[SESSION_HEADER] = session_id
        return answer

    def _resolve(self, raw_path: str) -> str:
        match = _INVOCATION.fullmatch(raw_path)
        if match is None:
            raise ServiceError(404, "UnknownOperationException", "no such path")
        name, query = unquote(match[1]), {key: values[0] for key, values in parse_qs(match[2] or "").items()}
        qualifier = query.get("qualifier", "DEFAULT")
        if not name.startswith("arn:"):
            if "accountId" not in query and not self.has(Defect.BARE_ID_WITHOUT_ACCOUNT_ACCEPTED):
                raise ServiceError(400, "ValidationException", "accountId is required with a runtime id")
            if self.has(Defect.BARE_ID_REFUSED):
                raise ServiceError(400, "ValidationException", "agentRuntimeArn is no ARN")
            name = ARN_STEM + name
        known = name.removeprefix(ARN_STEM) in RUNTIMES.values()
        if not known and self.has(Defect.UNKNOWN_ARN_IS_400):
            raise ServiceError(400, "ValidationException", f"no endpoint with qualifier '{qualifier}'")
        if not known or (qualifier != "DEFAULT" and not self.has(Defect.UNKNOWN_QUALIFIER_ACCEPTED)):
            named = "" if self.has(Defect.QUALIFIER_NOT_NAMED) else f" with qualifier '{qualifier}'"
            raise ServiceError(404, "ResourceNotFoundException", f"No endpoint or agent found{named}")
        return name

    def _session_id(self, given: str | None) -> str:
        if given is None:
            return uuid.uuid4().hex if self.has(Defect.GENERATED_ID_TOO_SHORT) else str(uuid.uuid4())
        shortest, longest = LIMITS_OF_ID.get(self._defect, (33, 256))
        if not shortest <= len(given) <= longest:
            raise ServiceError(400, "ValidationException", "runtimeSessionId: length must be 33 to 256")
        return given

    def _invoke(self, runtime: str, session_id: str, body: bytes, raw_path: str, *, generated: bool) -> Answer:
        if runtime.endswith(RUNTIMES["broken"]):
            late = "" if self.has(Defect.START_FAILURE_NOT_NAMED) else "Runtime initialization time exceeded. "
            if self.has(Defect.START_FAILURE_IS_500):
                raise ServiceError(500, "InternalServerException", late)
            raise ServiceError(424, "RuntimeClientError", f"{late}Please make sure that it completes in 30s.")
        if self.has(Defect.STREAM_ERROR_IS_424) and b"raise_after" in body:
            raise ServiceError(424, "RuntimeClientError", "Received error (500) from runtime.")
        if self.has(Defect.BODY_ALTERED):
            body = json.dumps(json.loads(body)).encode()
        path = raw_path if self.has(Defect.OUTER_PATH_PASSED_ON) else "/invocations"
        seen = None if generated and self.has(Defect.GENERATED_ID_HIDDEN_FROM_AGENT) else session_id
        answer = self._process(session_id).answer(path, seen, body)
        return self._relayed(answer)

    def _process(self, session_id: str) -> Process:
        if self.has(Defect.NEW_PROCESS_EACH_TIME):
            return Process(self.stopped)
        with self._lock:
            key = "" if self.has(Defect.ONE_PROCESS_FOR_ALL) else session_id
            return self._processes.setdefault(key, Process(self.stopped))

    def _relayed(self, answer: Answer) -> Answer:
        if not 200 <= answer.status < 300 and not self.has(Defect.STATUS_PASSED_THROUGH):
            number = "" if self.has(Defect.STATUS_NOT_NAMED) else f" ({answer.status})"
            leak = b"".join(answer.chunks).decode()
            if self.has(Defect.AGENT_BODY_IN_NEXT_ANSWER):
                self._left_over = leak.encode()
            if not self.has(Defect.AGENT_BODY_LEAKED):
                leak = ""
            message = f"Received error{number} from runtime. Please check your CloudWatch logs for more information."
            raise ServiceError(424, "RuntimeClientError", message + leak)
        content_type = answer.headers["content-type"]
        if self.has(Defect.CONTENT_TYPE_PARAMETERS_DROPPED):
            answer.headers["content-type"] = content_type.partition(";")[0]
        if self.has(Defect.CONTENT_TYPE_FIXED) and "event-stream" not in content_type:
            answer.headers["content-type"] = "application/json"
        answer.chunks = self._relayed_stream(answer)
        return answer

    def _relayed_stream(self, answer: Answer) -> Iterator[bytes]:
        chunks = answer.chunks
        if self._left_over:
            chunks, self._left_over = chain([self._left_over], chunks), b""
        failing = b'"error"'
        if self.has(Defect.STREAM_BUFFERED):
            chunks = iter([b"".join(chunks)])
        elif self.has(Defect.STREAM_ONE_EVENT_LATE):
            chunks = _one_late(chunks)
        elif self.has(Defect.STREAM_ERROR_SWALLOWED):
            chunks = (chunk for chunk in chunks if failing not in chunk)
        elif self.has(Defect.STREAM_CUT_AT_ERROR):
            chunks = _cut_at(chunks, failing)
        return chunks

    def _error(self, error: ServiceError) -> Answer:
        body = error.message if self.has(Defect.ERROR_NOT_JSON) else json.dumps({"message": error.message})
        headers = {"content-type": "application/json", "x-amzn-ErrorType": error.error_type}
        if self.has(Defect.ERROR_WITHOUT_TYPE):
            del headers["x-amzn-ErrorType"]
        return Answer(error.status, headers, iter([body.encode()]))


def _one_late(chunks: Iterator[bytes]) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        if held:
            yield held
        held = chunk
    yield held


class CutError(Exception):
    """The connection is to be closed in the middle of a body."""


def _cut_at(chunks: Iterator[bytes], part: bytes) -> Iterator[bytes]:
    for chunk in chunks:
        if part in chunk:
            raise CutError
        yield chunk


def _handler(plane: DataPlaneImitation) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = plane.answer(self.path, self.headers.get(SESSION_HEADER), body)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for chunk in answer.chunks:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.write(b"0\r\n\r\n")
            except CutError:
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            """Say nothing: the tests look at answers."""

    return Handler
