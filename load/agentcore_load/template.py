"""The only two ways a plan refers to something: `{name}` in a string, and a JSON pointer into an answer."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

from agentcore_load.fields import Json

_PLACEHOLDER: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def placeholders(template: Json) -> Iterator[str]:
    """The names that a template uses, at any depth; keys of objects are literal."""
    match template:
        case str():
            yield from _PLACEHOLDER.findall(template)
        case list():
            for item in template:
                yield from placeholders(item)
        case dict():
            for item in template.values():
                yield from placeholders(item)


def fill(template: Json, values: Mapping[str, str]) -> Json:
    """The template with each placeholder replaced by its value, as text."""
    match template:
        case str():
            return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
        case list():
            return [fill(item, values) for item in template]
        case dict():
            return {key: fill(item, values) for key, item in template.items()}
    return template


def fill_path(template: str, values: Mapping[str, str]) -> str:
    """The same for a request path: each value is percent-encoded, so that it stays within its segment."""
    return _PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), template)


def resolve(document: Json, pointer: str) -> str:
    """The text that a JSON pointer (RFC 6901) leads to.

    Raises:
        LookupError: the pointer leads nowhere, or not to a string or number.
    """
    found = document
    for step in pointer.split("/")[1:]:
        found = _step(found, step.replace("~1", "/").replace("~0", "~"), pointer)
    if isinstance(found, str | int | float) and not isinstance(found, bool):
        return str(found)
    raise LookupError(f"{pointer} is not a string or number in the answer")


def _step(found: Json, step: str, pointer: str) -> Json:
    if isinstance(found, dict) and step in found:
        return found[step]
    if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
        return found[int(step)]
    raise LookupError(f"{pointer} is not in the answer")
