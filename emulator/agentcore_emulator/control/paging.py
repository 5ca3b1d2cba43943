"""Lists in pages: `maxResults` entries at a time, the rest behind an opaque `nextToken`.

A token holds the number of the last entry that was shown, so that what is deleted or created meanwhile makes no entry
appear twice or vanish. It is good for one list only.
Source: service model bedrock-agentcore-control, shapes MaxResults and NextToken, read 2026-11-20 - documented;
the size of a page when none is asked for, and the order, are assumed
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from agentcore_emulator.errors import ValidationException

PAGE_SIZE_DEFAULT: Final = 100

Item = TypeVar("Item")


def page(
    request: Mapping[str, Any], list_name: str, items: Iterable[Item], number: Callable[[Item], int]
) -> tuple[list[Item], str | None]:
    """The entries of the page the request asks for, and the token of the next one, if there is one.

    Raises:
        ValidationException: the token is not one of this list.
    """
    after = _read(request["nextToken"], list_name) if "nextToken" in request else -1
    size = request.get("maxResults", PAGE_SIZE_DEFAULT)
    rest = sorted((item for item in items if number(item) > after), key=number)
    shown = rest[:size]
    return shown, _write(list_name, number(shown[-1])) if len(rest) > size else None


def _write(list_name: str, after: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([list_name, after]).encode()).decode()


def _read(token: str, list_name: str) -> int:
    try:
        name, after = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
        if name == list_name and type(after) is int:
            return after
    except (ValueError, TypeError, RecursionError):
        pass
    raise ValidationException.of_field("nextToken", "Member must be a token of an earlier page of this list")
