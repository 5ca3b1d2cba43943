"""Placeholders and JSON pointers."""

import pytest

from agentcore_load.fields import Json
from agentcore_load.template import fill, fill_path, placeholders, resolve


def test_placeholders_are_filled_at_any_depth() -> None:
    """Strings are filled, whatever holds them; everything else stays as it is."""
    template: Json = {"prompt": "hello {n}", "deep": [{"x": "{user}{n}"}, 1, None], "{n}": True}
    assert fill(template, {"n": "3", "user": "7"}) == {"prompt": "hello 3", "deep": [{"x": "73"}, 1, None], "{n}": True}
    assert sorted(placeholders(template)) == ["n", "n", "user"]


def test_braces_of_json_text_are_no_placeholders() -> None:
    """Only a name between braces is one."""
    assert list(placeholders('{"a": {"b": 1}} {} {A} {1}')) == []


def test_a_value_stays_within_its_path_segment() -> None:
    """What the target answered cannot lead the invocation elsewhere."""
    assert fill_path("/chats/{id}/x", {"id": "../a b?c#d/ü"}) == "/chats/..%2Fa%20b%3Fc%23d%2F%C3%BC/x"


@pytest.mark.parametrize(
    ("pointer", "found"), [("/id", "s-1"), ("/chat/ids/1", "7"), ("/a~1b", "slash"), ("/a~0b", "tilde")]
)
def test_a_pointer_leads_to_text(pointer: str, found: str) -> None:
    """Objects by key, arrays by number, ~1 for / and ~0 for ~; numbers come as text."""
    document: Json = {"id": "s-1", "chat": {"ids": [6, 7]}, "a/b": "slash", "a~b": "tilde"}
    assert resolve(document, pointer) == found


@pytest.mark.parametrize("pointer", ["/absent", "/list/9", "/list/-1", "/list", "/true", "/text/0"])
def test_a_pointer_that_leads_nowhere_is_refused(pointer: str) -> None:
    """A missing value, or one that is no text, is an error that names the pointer."""
    with pytest.raises(LookupError, match=pointer):
        resolve({"list": [1], "true": True, "text": "abc"}, pointer)
