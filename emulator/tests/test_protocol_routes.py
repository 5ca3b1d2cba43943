"""The route table: every operation of both services is found by its path, whatever stands in the labels."""

import re

import pytest

from agentcore_emulator.control.plane import route_table
from agentcore_emulator.protocol.shapes import CONTROL_PLANE, DATA_PLANE, compiled, load_service

ARN = b"arn%3Aaws%3Abedrock-agentcore%3Aeu-west-1%3A123456789012%3Aruntime%2Ftravel-0123456789"
SERVICES = [load_service(DATA_PLANE), load_service(CONTROL_PLANE)]


def test_every_operation_is_found() -> None:
    """With an encoded ARN in every label, with and without a slash at the end."""
    wrong = []
    for service in SERVICES:
        for name in service.operation_names():
            method, template = service.route(name)
            path = re.sub(rb"\{[^}]+\}", ARN, template.encode()).rstrip(b"/")
            for form in (path, path + b"/"):
                match = route_table().match(method, form)
                if match is None or match.operation.name != name or set(match.labels.values()) - {ARN}:
                    wrong.append((name, form))

    assert wrong == []


@pytest.mark.parametrize("path", [b"", b"/", b"/runtimes//", b"/runtimes/a/b", b"/nothing/", b"/runtimes/a/versions/b"])
def test_what_is_no_path_of_a_service_is_not_found(path: bytes) -> None:
    """An empty label, a segment too many and an invented family mean nothing."""
    assert route_table().match("GET", path) is None


def test_every_pattern_of_the_models_can_be_used() -> None:
    """Also those with a class that Python has not."""
    for service in SERVICES:
        for name in service.operation_names():
            for shape in (service.operation(name).input, service.operation(name).output):
                for member in shape.members.values() if shape is not None else ():
                    if member.shape.pattern is not None:
                        compiled(member.shape.pattern)
    assert compiled(r"[^\p{C}]*").fullmatch("ünï ☃")
    assert not compiled(r"[^\p{C}]*").fullmatch("a\x07")
