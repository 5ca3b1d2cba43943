"""Values that fit a shape of a service model, as Hypothesis draws them."""

import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from agentcore_emulator.protocol.shapes import Shape, compiled

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXTRA_ITEMS_MAX = 3
EXTRA_CHARACTERS_MAX = 20

_ALPHANUMERIC = string.ascii_letters + string.digits
# Where a pattern alone almost never gives the length that is demanded beside it.
_BY_HAND: dict[str, st.SearchStrategy[str]] = {
    "ClientToken": st.text(_ALPHANUMERIC, min_size=33, max_size=64),
    "NextToken": st.text(_ALPHANUMERIC + "=-_", min_size=1, max_size=64),
}


@cache
def values_of(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of that shape; members are absent or there, never None."""
    return _MAKERS[shape.type](shape)


def _items(shape: Shape) -> tuple[int, int]:
    least = int(shape.shortest or 0)
    most = least + EXTRA_ITEMS_MAX
    return least, most if shape.longest is None else min(most, int(shape.longest))


def _lists(shape: Shape) -> st.SearchStrategy[Any]:
    least, most = _items(shape)
    return st.lists(values_of(shape.item), min_size=least, max_size=most)


def _maps(shape: Shape) -> st.SearchStrategy[Any]:
    least, most = _items(shape)
    return st.dictionaries(values_of(shape.key), values_of(shape.item), min_size=least, max_size=most)


def _integers(shape: Shape) -> st.SearchStrategy[int]:
    return st.integers(int(shape.shortest or 0), 2**31 - 1 if shape.longest is None else int(shape.longest))


def _moments(_shape: Shape) -> st.SearchStrategy[datetime]:
    return st.integers(0, 7_000_000_000_000).map(lambda ms: EPOCH + timedelta(milliseconds=ms))


def _structures(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: values_of(member.shape) for name, member in shape.members.items()}
    if shape.union:
        return st.one_of([st.fixed_dictionaries({name: values}) for name, values in members.items()])
    required = {name: values for name, values in members.items() if name in shape.required}
    optional = {name: values for name, values in members.items() if name not in shape.required}
    return st.fixed_dictionaries(required, optional=optional)


def _strings(shape: Shape) -> st.SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    if shape.name in _BY_HAND:
        return _BY_HAND[shape.name]
    least = int(shape.shortest or 0)
    most = int(shape.longest if shape.longest is not None else 1_000)
    if shape.pattern is None:
        return st.text(st.characters(codec="utf-8"), min_size=least, max_size=min(most, least + EXTRA_CHARACTERS_MAX))
    return st.from_regex(compiled(shape.pattern), fullmatch=True).filter(lambda text: least <= len(text) <= most)


_MAKERS: dict[str, Callable[[Shape], st.SearchStrategy[Any]]] = {
    "structure": _structures,
    "list": _lists,
    "map": _maps,
    "string": _strings,
    "boolean": lambda _shape: st.booleans(),
    "integer": _integers,
    "timestamp": _moments,
}
