"""What a request to open a WebSocket says: operation, runtime, session, shell, and headers for the agent.

An ARN may stand in the path unencoded, as the browser example of the service has it; the session id and headers of the
custom prefix may stand in the query, because browsers cannot set headers.
Source: developer guide, get started with bidirectional streaming, read 2026-11-20 - documented; that a header wins over
a query parameter of the same name is assumed
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from agentcore_emulator.arn import DEFAULT_QUALIFIER
from agentcore_emulator.aws.request import QUERY_FIELDS_MAX, TRACE_HEADERS, checked_session_id, decode_label
from agentcore_emulator.errors import UnknownOperationException, ValidationException
from agentcore_emulator.exchange import Headers
from agentcore_emulator.session_id import SESSION_HEADER

SOCKET: Final = "InvokeAgentRuntimeWithWebSocketStream"
SHELL: Final = "InvokeAgentRuntimeCommandShell"
CUSTOM_PREFIX: Final = "x-amzn-bedrock-agentcore-runtime-custom-"
HEADER_SIZE_MAX: Final = 4_096

_SUFFIXES: Final = ((b"/ws/shells", SHELL), (b"/ws", SOCKET))
_SHELL_ID: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}")
_HEADER_NAME: Final = re.compile(r"[a-z0-9_-]{1,256}")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One request to open a socket; `session_id` and `shell_id` are None where the service has to choose."""

    operation: str
    identifier: str
    account_id: str | None
    qualifier: str
    session_id: str | None
    shell_id: str | None
    custom: Headers

    def forwarded(self, headers: Headers, listed: Headers) -> Headers:
        """The headers that the agent gets: trace context, those that its runtime lists, those of the custom prefix.

        Source: developer guide, get started with bidirectional streaming - documented; that a socket needs no entry in
        the runtime's list for a header of the custom prefix is assumed
        """
        named = {name for name, _ in self.custom}
        return (
            [header for header in headers if header[0] in TRACE_HEADERS]
            + [header for header in listed if header[0] not in named and header[0] not in TRACE_HEADERS]
            + self.custom
        )


def parse_upgrade(raw_path: bytes, query_string: bytes, headers: Headers) -> Upgrade:
    """What the request says.

    Raises:
        UnknownOperationException: no WebSocket is served at that path.
        ValidationException: a part of it breaks its limit.
    """
    operation, label = _match(raw_path)
    query = _query(query_string)
    given = dict(headers)
    session = given[SESSION_HEADER].decode("latin-1") if SESSION_HEADER in given else query.get(SESSION_HEADER.decode())
    shell_id = query.get("shellid")
    if shell_id is not None and _SHELL_ID.fullmatch(shell_id) is None:
        raise ValidationException.of_field("shellId", f"Member must satisfy regular expression {_SHELL_ID.pattern}")
    return Upgrade(
        operation,
        decode_label(label),
        query.get("accountid"),
        query.get("qualifier", DEFAULT_QUALIFIER),
        None if session is None else checked_session_id(_checked_value("runtimeSessionId", session)),
        shell_id,
        _custom(query, headers),
    )


def _match(raw_path: bytes) -> tuple[str, bytes]:
    label = raw_path.removeprefix(b"/runtimes/")
    for suffix, operation in _SUFFIXES:
        identifier = label.removesuffix(suffix)
        if (
            identifier not in (label, b"")
            and label != raw_path
            and (b"/" not in identifier or identifier.startswith(b"arn:"))
        ):
            return operation, identifier
    raise UnknownOperationException(f"no WebSocket at {raw_path[:200].decode('latin-1')}")


def _query(query_string: bytes) -> dict[str, str]:
    """The query's fields; names of headers count in any case, so all names are taken in lower case."""
    try:
        text = query_string.decode("latin-1")
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX)
    except ValueError:
        raise ValidationException("The query has too many fields", reason="CannotParse") from None
    return {name.lower(): value for name, value in reversed(fields)}


def _custom(query: dict[str, str], headers: Headers) -> Headers:
    custom = {
        name.encode("latin-1"): _checked_value(name, value).encode("latin-1")
        for name, value in query.items()
        if name.startswith(CUSTOM_PREFIX) and _HEADER_NAME.fullmatch(name)
    }
    custom |= {name: value for name, value in headers if name.startswith(CUSTOM_PREFIX.encode())}
    return sorted(custom.items())


def _checked_value(name: str, value: str) -> str:
    """A value that can stand in a header: nothing that ends a line, nothing that is not Latin-1, not too long."""
    if _HEADER_VALUE.fullmatch(value) is None:
        raise ValidationException.of_field(name, "Member must be a text that a header can carry")
    if len(value) > HEADER_SIZE_MAX:
        raise ValidationException.of_field(name, f"Member must have length less than or equal to {HEADER_SIZE_MAX}")
    return value
