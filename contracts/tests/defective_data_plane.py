"""A small data plane that keeps every requirement of the contract suite, and one switch to break each of them.

It imitates the service, its sessions and the contract agents in memory, in threads of the test process. Nothing here
is used by the emulator or the suite: it exists so that each check has been seen to fail.
"""

import json
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote

from defects import Defect
from imitated_agent import AgentRequest, Answer, CutError, Process, in_json
from imitated_authorization import OAUTH, answered
from imitated_commands import command_answer
from imitated_control import ACCOUNT_ID, ARN_STEM, PROTOCOLS, REGION, ControlPlane, Version
from imitated_errors import ServiceError, error_answer
from imitated_sessions import Sessions
from imitated_websocket import Conversation, session_of

from agentcore_contracts.data_plane import SESSION_HEADER
from agentcore_contracts.target import Target

__all__ = ["DataPlaneImitation", "Defect"]

CAPABILITIES: Final = frozenset(
    {"control-plane", "clock", "mcp", "a2a", "agui", "commands", "quotas", "jwt", "sigv4", "websocket"}
)
_DATA_PLANE: Final = re.compile(
    r"/runtimes/([^/?]+)/(invocations|commands|stopruntimesession|ws|invocations/.well-known/[a-z.-]+)(?:\?(.*))?"
)
_CARD: Final = {"name": "contract", "url": "http://127.0.0.1:9000/"}
_PASSED_ON: Final = ("accept", "content-type", "mcp-session-id")
_MCP_SESSION: Final = "Mcp-Session-Id"


class DataPlaneImitation:
    """The data plane on a free port of loopback while the context lasts; `defect` None is the correct one."""

    def __init__(self, defect: Defect | None = None) -> None:
        self.defect = defect
        self._control = ControlPlane(defect)
        self.sessions = Sessions(defect)
        self._left_over = b""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="data plane imitation")
        url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.target = Target(
            name="imitation",
            endpoint_url=url,
            region=REGION,
            account_id=ACCOUNT_ID,
            runtimes={name: f"{ARN_STEM}{name}-0123456789" for name in PROTOCOLS},
            capabilities=CAPABILITIES,
            extra={
                "control_endpoint_url": url,
                "clock_url": f"{url}/clock",
                "quotas_url": f"{url}/quotas",
                "oauth": OAUTH,
            },
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sessions.end_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def has(self, *defects: Defect) -> bool:
        """Whether one of these is the switch that is on."""
        return self.defect in defects

    def answer(self, method: str, raw_path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one request; the names of its headers are in lower case."""
        protocol = "HTTP"
        try:
            if raw_path in ("/clock", "/quotas"):
                return self._admin(method, raw_path, body)
            found = _DATA_PLANE.fullmatch(raw_path)
            if found is None:
                return self._control.answer(method, raw_path, body)
            name = unquote(found[1])
            protocol = PROTOCOLS.get(name.rpartition("/")[2].partition("-")[0], "HTTP")
            version = self._resolve(name, {key: values[0] for key, values in parse_qs(found[3] or "").items()})
            early = answered(found[2], version, raw_path, headers, self.defect)
            if early is None and found[2] == "ws":
                self.sessions.process(version, session_of(raw_path, headers))
                return Answer(101, {}, iter(()))
            return early or self._operation(found[2], version, AgentRequest(raw_path, headers, body))
        except ServiceError as error:
            answer = error_answer(error, protocol, self.defect)
            if protocol == "MCP":
                answer.headers[_MCP_SESSION] = headers.get("mcp-session-id", "")
            return answer

    def _admin(self, method: str, path: str, body: bytes) -> Answer:
        if method == "POST":
            content = json.loads(body)
            self.sessions.now_s += content.get("advance_s", 0)
            self.sessions.quota = content.get("active_sessions", self.sessions.quota)
        return in_json(200, {"active_sessions": self.sessions.quota} if path == "/quotas" else {})

    def _resolve(self, name: str, query: Mapping[str, str]) -> Version:
        qualifier = query.get("qualifier", "DEFAULT")
        if not name.startswith("arn:"):
            if "accountId" not in query and not self.has(Defect.BARE_ID_WITHOUT_ACCOUNT_ACCEPTED):
                raise ServiceError(400, "ValidationException", "accountId is required with a runtime id")
            if self.has(Defect.BARE_ID_REFUSED):
                raise ServiceError(400, "ValidationException", "agentRuntimeArn is no ARN")
        runtime_id = name.removeprefix(ARN_STEM)
        if runtime_id not in self._control.runtimes and self.has(Defect.UNKNOWN_ARN_IS_400):
            raise ServiceError(400, "ValidationException", f"no endpoint with qualifier '{qualifier}'")
        version = self._control.version(runtime_id, qualifier)
        if version is None:
            named = "" if self.has(Defect.QUALIFIER_NOT_NAMED) else f" with qualifier '{qualifier}'"
            raise ServiceError(404, "ResourceNotFoundException", f"No endpoint or agent found{named}")
        return version

    def _session_id(self, given: str | None) -> str:
        return self.sessions.id_of(given)

    def _operation(self, operation: str, version: Version, request: AgentRequest) -> Answer:
        given = request.headers.get("mcp-session-id" if version.protocol == "MCP" else SESSION_HEADER.lower())
        session_id = given or uuid.uuid4().hex if version.protocol == "MCP" else self._session_id(given)
        if operation == "stopruntimesession":
            self.sessions.end(version, session_id)
            return Answer(200, {} if self.has(Defect.STOP_WITHOUT_ID) else {SESSION_HEADER: session_id}, iter(()))
        if operation == "commands":
            process = self.sessions.process(version, session_id)
            return command_answer(process, json.loads(request.body), self.defect)
        if operation != "invocations":
            self.sessions.process(version, session_id)
            if self.has(Defect.CARD_NOT_FOUND):
                raise ServiceError(404, "ResourceNotFoundException", "no card")
            return in_json(200, _CARD)
        answer = self._invoke(version, session_id, request, generated=given is None)
        if version.protocol == "MCP":
            if not self.has(Defect.MCP_SESSION_NOT_RETURNED):
                answer.headers[_MCP_SESSION] = session_id
        elif not self.has(Defect.NO_GENERATED_ID_RETURNED if given is None else Defect.ID_NOT_RETURNED):
            answer.headers[SESSION_HEADER] = session_id
        return answer

    def _invoke(self, version: Version, session_id: str, request: AgentRequest, *, generated: bool) -> Answer:
        if version.runtime_id.startswith("broken-"):
            late = "" if self.has(Defect.START_FAILURE_NOT_NAMED) else "Runtime initialization time exceeded. "
            if self.has(Defect.START_FAILURE_IS_500):
                raise ServiceError(500, "InternalServerException", late)
            raise ServiceError(424, "RuntimeClientError", f"{late}Please make sure that it completes in 30s.")
        if self.has(Defect.STREAM_ERROR_IS_424) and b"raise_after" in request.body:
            raise ServiceError(424, "RuntimeClientError", "Received error (500) from runtime.")
        process = self._process(version, session_id)
        seen = None if generated and self.has(Defect.GENERATED_ID_HIDDEN_FROM_AGENT) else session_id
        to_agent = self._to_agent(version, request, seen)
        if version.protocol in ("MCP", "A2A"):
            return self._relayed(process.answer_json_rpc(to_agent))
        if self.has(Defect.STATE_NOT_KEPT):
            process.forget()
        return self._relayed(process.answer(to_agent))

    def _process(self, version: Version, session_id: str) -> Process:
        if version.protocol == "MCP" and self.has(Defect.MCP_SESSION_NOT_KEPT):
            return Process()
        return self.sessions.process(version, session_id)

    def _to_agent(self, version: Version, request: AgentRequest, session_id: str | None) -> AgentRequest:
        path = {"MCP": "/mcp", "A2A": "/"}.get(version.protocol, "/invocations")
        defect = Defect.A2A_PATH_PASSED_ON if version.protocol == "A2A" else Defect.OUTER_PATH_PASSED_ON
        body = request.body
        if self.has(Defect.BODY_ALTERED) and version.protocol == "HTTP":
            body = json.dumps(json.loads(body)).encode()
        kept = {name: value for name, value in request.headers.items() if self._passes(version, name)}
        if version.protocol == "MCP" and session_id and not self.has(Defect.MCP_SESSION_HIDDEN_FROM_AGENT):
            kept["mcp-session-id"] = session_id
        elif version.protocol == "MCP":
            kept.pop("mcp-session-id", None)
        return AgentRequest(request.path if self.has(defect) else path, kept, body, session_id)

    def _passes(self, version: Version, name: str) -> bool:
        if self.has(Defect.UNLISTED_HEADER_PASSES) and "unlisted" in name:
            return True
        if name == "authorization":
            return self.has(Defect.AUTHORIZATION_PASSES)
        listed = [entry.lower() for entry in version.allow_list]
        if self.has(Defect.LISTED_HEADER_BY_CASE):
            listed = version.allow_list
        return name in _PASSED_ON or (name in listed and not self.has(Defect.LISTED_HEADER_DROPPED))

    def _relayed(self, answer: Answer) -> Answer:
        if not 200 <= answer.status < 300 and not self.has(Defect.STATUS_PASSED_THROUGH):
            number = "" if self.has(Defect.STATUS_NOT_NAMED) else f" ({answer.status})"
            leak = b"".join(answer.chunks).decode()
            if self.has(Defect.AGENT_BODY_IN_NEXT_ANSWER) and leak != "secret":
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


def _one_late(chunks: Iterator[bytes]) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        if held:
            yield held
        held = chunk
    yield held


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
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = plane.answer(self.command, self.path, headers, body)
            if answer.status == 101:
                self.close_connection = True
                Conversation(self.path, headers, plane.defect).run(self.rfile, self.wfile)
                return
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

        def do_GET(self) -> None:
            self.do_POST()

        def do_PUT(self) -> None:
            self.do_POST()

        def do_DELETE(self) -> None:
            self.do_POST()

        def log_message(self, *args: Any) -> None:
            """Say nothing: the tests look at answers."""

    return Handler
