"""The service models that botocore installs, in the few words this emulator needs.

Only the model's JSON files are read; the rest of botocore is not imported. Shapes are made when they are first asked
for, so that a model of a thousand shapes costs what is used of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final, Literal, TypeAlias

DATA_PLANE: Final = "bedrock-agentcore"
CONTROL_PLANE: Final = "bedrock-agentcore-control"

ShapeType: TypeAlias = Literal[
    "structure", "list", "map", "string", "integer", "long", "float", "double", "boolean", "timestamp", "blob"
]
Location: TypeAlias = Literal["uri", "querystring", "header", "statusCode", "body"]

# Python's `re` has no \p{C}: control characters, format characters, surrogates, private use.
_OTHER_CHARACTERS = r"\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff\ufff9-\ufffb"


@dataclass(slots=True, eq=False)
class Shape:
    """One shape of a model: its type, its constraints, and what it is made of.

    Only lists and maps have an `item`, only maps have a `key`.
    """

    name: str
    type: ShapeType
    shortest: float | None = None
    longest: float | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    sensitive: bool = False
    union: bool = False
    document: bool = False
    event_stream: bool = False
    required: tuple[str, ...] = ()
    timestamp_format: str | None = None
    members: dict[str, "Member"] = field(default_factory=dict)
    key: "Shape" = field(init=False, repr=False)
    item: "Shape" = field(init=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a structure, and where on the wire it stands."""

    name: str
    shape: Shape
    location: Location
    wire_name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its route, what it takes and gives, which errors the model lists."""

    service: str
    name: str
    method: str
    path: str
    status: int
    input: Shape | None
    output: Shape | None
    payload: str | None
    errors: tuple[str, ...]


class ServiceModel:
    """One service: operations and shapes by name."""

    def __init__(self, name: str, document: Mapping[str, Any]) -> None:
        self.name = name
        self._operations: Mapping[str, Any] = document["operations"]
        self._raw: Mapping[str, Any] = document["shapes"]
        self._shapes: dict[str, Shape] = {}

    def operation_names(self) -> list[str]:
        """The names of all operations."""
        return list(self._operations)

    def route(self, name: str) -> tuple[str, str]:
        """Method and path template of an operation."""
        http = self._operations[name]["http"]
        return http["method"], http["requestUri"]

    def operation(self, name: str) -> Operation:
        """One operation, with its shapes."""
        raw = self._operations[name]
        method, path = self.route(name)
        taken = raw.get("input", {}).get("shape")
        given = raw.get("output", {}).get("shape")
        return Operation(
            service=self.name,
            name=name,
            method=method,
            path=path,
            status=raw["http"].get("responseCode", 200),
            input=self.shape(taken) if taken else None,
            output=self.shape(given) if given else None,
            payload=self._raw[taken].get("payload") if taken else None,
            errors=tuple(error["shape"] for error in raw.get("errors", ())),
        )

    def error_statuses(self) -> dict[str, int]:
        """HTTP status of each error shape that has one."""
        return {
            name: raw["error"]["httpStatusCode"]
            for name, raw in self._raw.items()
            if raw.get("exception") and "error" in raw
        }

    def shape(self, name: str) -> Shape:
        """One shape; made once, also when it contains itself."""
        known = self._shapes.get(name)
        if known is not None:
            return known
        raw = self._raw[name]
        shape = self._shapes[name] = Shape(
            name=name,
            type=raw["type"],
            shortest=raw.get("min"),
            longest=raw.get("max"),
            pattern=raw.get("pattern"),
            enum=tuple(raw.get("enum", ())),
            sensitive=raw.get("sensitive", False),
            union=raw.get("union", False),
            document=raw.get("document", False),
            event_stream=raw.get("eventstream", False),
            required=tuple(raw.get("required", ())),
            timestamp_format=raw.get("timestampFormat"),
        )
        shape.members.update({name: self._member(name, member) for name, member in raw.get("members", {}).items()})
        if shape.type == "list":
            shape.item = self.shape(raw["member"]["shape"])
        elif shape.type == "map":
            shape.key, shape.item = self.shape(raw["key"]["shape"]), self.shape(raw["value"]["shape"])
        return shape

    def _member(self, name: str, raw: Mapping[str, Any]) -> Member:
        shape = self.shape(raw["shape"])
        return Member(name, shape, raw.get("location", "body"), raw.get("locationName", name))


@cache
def load_service(name: str) -> ServiceModel:
    """The newest model of that service that the installed botocore has; read once."""
    from botocore.loaders import Loader

    return ServiceModel(name, Loader().load_service_model(name, "service-2"))


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a model, for Python."""
    return re.compile(pattern.replace(r"[^\p{C}]", f"[^{_OTHER_CHARACTERS}]").replace(r"\p{C}", _OTHER_CHARACTERS))
