"""Decoders with one bug each: the decoder's own source with one edit, so that they age with it."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Final, cast

from agentcore_contracts import sse
from agentcore_contracts.sse import SSEDecoder

Edits = tuple[tuple[str, str], ...]

_CR_SEEN = """\
        if b"\\r" in chunk:
            self._after_cr = chunk.endswith(b"\\r")
"""
_CR_KEPT_BACK = """\
        chunk = getattr(self, "_cr", b"") + chunk
        self._cr = b"\\r" if chunk.endswith(b"\\r") else b""
        chunk = chunk.removesuffix(b"\\r")
"""
_DISPATCHED = """\
self._retry))
        self._clear_block()
"""
_AT_DISPATCH = """\
self.reconnection_time_ms = self._retry or self.reconnection_time_ms
        if self._data:
"""

MUTANTS: Final[dict[str, Edits]] = {
    # byte order mark
    "keeps the mark": (("start.removeprefix(_BOM)", "start"),),
    "knows the mark in one read only": (("if len(start) < len(_BOM) and _BOM.startswith(start):", "if not start:"),),
    "drops a mark at the start of every read": (("self._start = None\n", 'self._start = b""\n'),),
    # line ends
    "forgets a CR at the end of a read": (('self._after_cr = chunk.endswith(b"\\r")', "self._after_cr = False"),),
    "swallows any byte behind a CR": (("if chunk[0] == 0x0A:", "if chunk:"),),
    "forgets a CR at an empty read": (
        ("if self._after_cr and chunk:", "if self._after_cr:"),
        ("if chunk[0] == 0x0A:", 'if chunk[:1] == b"\\n":'),
    ),
    "takes CR for text": (('.replace(b"\\r", b"\\n")', ""),),
    "takes CRLF for two line ends": (('.replace(b"\\r\\n", b"\\n")', ""),),
    "waits for the byte behind a CR": ((_CR_SEEN, _CR_KEPT_BACK + _CR_SEEN.splitlines(keepends=True)[0]),),
    "ends lines at U+2028": (('block.split("\\n")', "block.splitlines()"),),
    "takes a line of spaces for blank": (("            if line:\n", "            if line.strip():\n"),),
    # reads
    "loses the unfinished line": (("lines = bytes(self._tail) + chunk[:lines_end]", "lines = chunk[:lines_end]"),),
    "decodes each read": (
        (
            "events: list[ServerSentEvent] = []\n",
            'events: list[ServerSentEvent] = []\n        chunk = chunk.decode("utf-8", "replace").encode()\n',
        ),
    ),
    "returns events one read late": (
        ("return events\n", 'events, self._late = getattr(self, "_late", []), events\n        return events\n'),
    ),
    # characters
    "raises for ill-formed bytes": (('lines[:blocks_end].decode("utf-8", "replace")', "lines[:blocks_end].decode()"),),
    "leaves ill-formed bytes out": (('line.decode("utf-8", "replace")', 'line.decode("utf-8", "ignore")'),),
    "reads Latin-1": (('line.decode("utf-8", "replace")', 'line.decode("latin-1")'),),
    # fields
    "strips all leading spaces": (('value.removeprefix(" ")', 'value.lstrip(" ")'),),
    "strips all white space": (('value.removeprefix(" ")', "value.strip()"),),
    "keeps the space": (('value.removeprefix(" ")', "value"),),
    "cuts one byte short behind `data: `": (("block[6:]", "block[5:]"),),
    "splits at the last colon": (('line.partition(":")', 'line.rpartition(":")'),),
    "knows names in capitals": (('if name == "data":', 'if name.lower() == "data":'),),
    "knows names with spaces": (('if name == "data":', 'if name.strip() == "data":'),),
    # dispatch
    "gives an event for a type alone": (("if self._data:", "if self._data or self._type:"),),
    "gives an event for a carried id": (("if self._data:", "if self._data or self._id:"),),
    "gives no event for empty data": (("if self._data:", "if any(self._data):"),),
    "joins data lines by nothing": (('"\\n".join(self._data)', '"".join(self._data)'),),
    "drops every trailing LF of data": (('"\\n".join(self._data)', '"\\n".join(self._data).rstrip("\\n")'),),
    "lets the first type win": (("self._type = value", "self._type = self._type or value"),),
    "lets the type leak": (('self._type = ""\n', 'self._type = getattr(self, "_type", "")\n'),),
    "lets the type of a block without data leak": ((_DISPATCHED, _DISPATCHED.replace("        ", "            ")),),
    # id and retry
    "forgets the id at dispatch": ((_DISPATCHED, _DISPATCHED + '        self._id = ""\n'),),
    "takes an id with NUL": (('if "\\0" not in value:', "if True:"),),
    "ignores an empty id": (('if "\\0" not in value:', 'if value and "\\0" not in value:'),),
    "sets the last event id before the blank line": (("self._id = value", "self._id = self.last_event_id = value"),),
    "ignores the id of a block without data": (
        (
            "self.last_event_id = self._id\n        if self._data:\n",
            "if self._data:\n            self.last_event_id = self._id\n",
        ),
    ),
    "takes any digits for retry": (("value.isascii() and value.isdigit()", "value.isdigit()"),),
    "takes what int() takes for retry": (("value.isascii() and value.isdigit()", "_is_int(value)"),),
    "sets the reconnection time at dispatch": (
        ("self._retry = self.reconnection_time_ms = ", "self._retry = "),
        ("if self._data:\n", _AT_DISPATCH),
    ),
    "tells the retry of an earlier block": (("        self._retry = None\n", ""),),
    # limit
    "drops an event of just the limit": (
        ("+ len(line) > self._max_event_bytes\n", "+ len(line) >= self._max_event_bytes\n"),
        ("+ len(chunk) > self._max_event_bytes", "+ len(chunk) >= self._max_event_bytes"),
    ),
    "counts comments": (("elif line[0] != 0x3A:", "else:"),),
    "goes on at the next line": (("elif not line:", "else:"),),
    "keeps the id of a dropped block": (
        ("self._clear_block()\n            self._id = self.last_event_id\n", "self._clear_block()\n"),
    ),
    "never stops holding": (("too_long = ", "too_long = False and "),),
}

_IS_INT = """
def _is_int(value):
    try:
        return int(value) >= 0
    except ValueError:
        return False
"""


def make_mutant(name: str) -> Callable[..., SSEDecoder]:
    """The decoder class with the bug of that name; each of its edits must find its place exactly once."""
    source = Path(sse.__file__).read_text("utf-8")
    for old, new in MUTANTS[name]:
        if source.count(old) != 1:
            raise LookupError(f"mutant {name!r}: {source.count(old)} places for {old!r}, expected 1")
        source = source.replace(old, new)
    module = ModuleType("sse_mutant")
    exec(compile(source + _IS_INT, f"<sse: {name}>", "exec"), module.__dict__)  # noqa: S102 - our own source, edited above
    return cast("Callable[..., SSEDecoder]", module.__dict__["SSEDecoder"])
