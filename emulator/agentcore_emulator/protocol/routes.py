"""Which operation a method and a raw path mean: one table made from the service models.

The path is taken as it came. A label is one segment: the slashes of an ARN in it are `%2F`. A slash at the end makes
no difference, since the model's own paths have one here and none there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agentcore_emulator.protocol.shapes import Operation, ServiceModel

_LABEL: Final = None


@dataclass(frozen=True, slots=True)
class Match:
    """An operation, and its labels as they came."""

    operation: Operation
    labels: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class _Route:
    service: ServiceModel
    operation: str
    segments: tuple[bytes | None, ...]
    labels: tuple[str, ...]

    def values(self, segments: tuple[bytes, ...]) -> dict[str, bytes] | None:
        """The labels of those segments, or None when a fixed segment is another one or a label is empty."""
        found = []
        for expected, segment in zip(self.segments, segments, strict=True):
            if expected is _LABEL and segment:
                found.append(segment)
            elif expected != segment:
                return None
        return dict(zip(self.labels, found, strict=True))


class RouteTable:
    """The routes of some services; where two fit, the one with more fixed segments wins."""

    def __init__(self, services: Iterable[ServiceModel]) -> None:
        self._routes: dict[tuple[str, int], list[_Route]] = {}
        for service in services:
            for name in service.operation_names():
                self._add(service, name)
        for routes in self._routes.values():
            routes.sort(key=lambda route: len(route.labels))

    def _add(self, service: ServiceModel, name: str) -> None:
        method, template = service.route(name)
        parts = template.strip("/").split("/")
        labels = tuple(part[1:-1] for part in parts if part.startswith("{"))
        segments = tuple(_LABEL if part.startswith("{") else part.encode() for part in parts)
        self._routes.setdefault((method, len(segments)), []).append(_Route(service, name, segments, labels))

    def match(self, method: str, raw_path: bytes) -> Match | None:
        """The operation at that path, or None when there is none."""
        segments = tuple(raw_path.removeprefix(b"/").removesuffix(b"/").split(b"/"))
        for route in self._routes.get((method, len(segments)), ()):
            labels = route.values(segments)
            if labels is not None:
                return Match(route.service.operation(route.operation), labels)
        return None
