"""Reading a mapping that somebody wrote by hand: every mistake becomes one clear sentence, nothing is guessed."""

from collections.abc import Mapping
from typing import Final, TypeVar

T = TypeVar("T")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_REQUIRED: Final = object()
_NAMES: Final[dict[type, str]] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    dict: "an object",
    list: "a list",
}


class FieldError(ValueError):
    """A value is missing, unknown, of another type or out of range. The message names the place."""


class Fields:
    """The keys of one mapping, taken one by one; `done` refuses those that nobody took.

    Args:
        where: how the message names the mapping ("plan.json: setup").
    """

    def __init__(self, where: str, values: object) -> None:
        if not isinstance(values, Mapping):
            raise FieldError(f"{where}: expected an object, found {_describe(values)}")
        self._where = where
        self._values: dict[object, object] = dict(values)
        self._known: list[str] = []

    def take(self, key: str, kind: type[T], default: object = _REQUIRED) -> T:
        """The value of `key`, which must be a `kind`; a whole number passes for a number, true and false do not."""
        self._known.append(key)
        if key not in self._values:
            if default is _REQUIRED:
                raise FieldError(f"{self._where}: key {key!r} is missing")
            return default  # type: ignore[return-value] # the caller's own default stands outside the checks
        value = self._values.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)  # type: ignore[return-value] # T is float here
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise FieldError(f"{self._where}: {key!r} must be {_NAMES[kind]}, found {_describe(value)}")
        return value

    def number(self, key: str, kind: type[T], default: object = _REQUIRED, *, low: float, high: float = 1e9) -> T:
        """The same for a number between `low` and `high`, both included."""
        value = self.take(key, kind, default)
        if not low <= value <= high:  # type: ignore[operator] # kind is int or float
            raise FieldError(f"{self._where}: {key!r} must be between {low:g} and {high:g}, found {value!r}")
        return value

    def optional(self, key: str, kind: type[T], default: T | None = None) -> T | None:
        """The same for a key that may be absent or null."""
        if self._values.get(key, default) is None:
            self._known.append(key)
            self._values.pop(key, None)
            return None
        return self.take(key, kind, default)

    def raw(self, key: str) -> object:
        """The value of `key` as it stands, None when absent."""
        self._known.append(key)
        return self._values.pop(key, None)

    def done(self) -> None:
        """Refuse what was not taken.

        Raises:
            FieldError: naming the first unknown key and the known ones.
        """
        for key in self._values:
            raise FieldError(f"{self._where}: unknown key {key!r} (known keys: {', '.join(sorted(self._known))})")


def _describe(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
