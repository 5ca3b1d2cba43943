"""What a load run does: one frozen value, read from a JSON file.

A plan holds access tokens, so its file is written readable by its owner alone, and `Plan.public` is what may be
shown or stored.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from agentcore_load.fields import FieldError, Fields, Json
from agentcore_load.template import placeholders

GIVEN: Final = ("user", "n")
"""Placeholders that are always there: the number of the user and of its invocation, both from 0."""


class PlanError(ValueError):
    """A plan that cannot be run. The message names file, key and reason in one line."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The call that each user makes once, before its invocations."""

    method: str
    path: str
    body: Json
    expect_status: int
    save: dict[str, str]
    """Placeholder name → JSON pointer into the answer."""


@dataclass(frozen=True, slots=True)
class EventNames:
    """Event types of the target's stream."""

    content: str
    """The type whose first event is the *first chunk*."""
    error: str | None
    end: str | None
    """The type that says the answer is complete; None where the end of the response says it."""


@dataclass(frozen=True, slots=True)
class Invoke:
    """The call whose stream is measured, repeated by each user for as long as the run lasts."""

    method: str
    path: str
    body: Json
    events: EventNames


@dataclass(frozen=True, slots=True)
class Plan:
    """A load run: how many users, for how long, calling what."""

    base_url: str
    users: int
    spawn_rate: float
    duration_s: float
    stop_timeout_s: float
    """How long streams that are open at the end may take to finish before they are recorded as unfinished."""
    seed: int
    setup: Setup | None
    invoke: Invoke
    tokens: tuple[str, ...] = field(default=(), repr=False)
    """Bearer tokens, one for each user; empty when the target wants none."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a plan.

        Raises:
            PlanError: the file cannot be read, is not JSON, or is not a plan.
        """
        try:
            document = json.loads(path.read_bytes())
        except OSError as error:
            raise PlanError(f"{path}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise PlanError(f"{path}: is not JSON: {error}") from error
        return cls.from_json(document, where=str(path))

    @classmethod
    def from_json(cls, document: object, *, where: str = "plan") -> Self:
        """The same for a document that is read already.

        Raises:
            PlanError: the document is not a plan.
        """
        try:
            return cls._from_fields(Fields(where, document), where)
        except FieldError as error:
            raise PlanError(str(error)) from error

    @classmethod
    def _from_fields(cls, fields: Fields, where: str) -> Self:
        setup = fields.raw("setup")
        plan = cls(
            base_url=_base_url(fields.take("base_url", str), where),
            users=fields.number("users", int, 10, low=1, high=100_000),
            spawn_rate=fields.number("spawn_rate", float, 10.0, low=0.01),
            duration_s=fields.number("duration_s", float, 8.0, low=0.1),
            stop_timeout_s=fields.number("stop_timeout_s", float, 15.0, low=0.0),
            seed=fields.take("seed", int, 1),
            setup=None if setup is None else _setup(Fields(f"{where}: setup", setup)),
            invoke=_invoke(Fields(f"{where}: invoke", fields.raw("invoke"))),
            tokens=_tokens(fields.take("tokens", list, []), where),
        )
        fields.done()
        if plan.tokens and len(plan.tokens) < plan.users:
            raise FieldError(f"{where}: {plan.users} users need as many tokens, found {len(plan.tokens)}")
        saved = () if plan.setup is None else tuple(plan.setup.save)
        _refuse_unknown(f"{where}: setup", () if plan.setup is None else (plan.setup.path, plan.setup.body), GIVEN)
        _refuse_unknown(f"{where}: invoke", (plan.invoke.path, plan.invoke.body), (*GIVEN, *saved))
        return plan

    def public(self) -> dict[str, Json]:
        """The plan as JSON, without its tokens."""
        events = self.invoke.events
        invoke: dict[str, Json] = {
            "method": self.invoke.method,
            "path": self.invoke.path,
            "body": self.invoke.body,
            "events": {"content": events.content, "error": events.error, "end": events.end},
        }
        return {
            "base_url": self.base_url,
            "users": self.users,
            "spawn_rate": self.spawn_rate,
            "duration_s": self.duration_s,
            "stop_timeout_s": self.stop_timeout_s,
            "seed": self.seed,
            "setup": None if self.setup is None else _setup_json(self.setup),
            "invoke": invoke,
        }

    def dump(self, path: Path) -> None:
        """Write the plan with its tokens, readable by the owner of the file alone from its first byte on."""
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({**self.public(), "tokens": list(self.tokens)}, file)


def _base_url(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise FieldError(f"{where}: 'base_url' is not a URL: {url!r}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine:
        raise FieldError(f"{where}: 'base_url' must be an http or https URL with a host, found {url!r}")
    if parts.username is not None or parts.query or parts.fragment:
        raise FieldError(f"{where}: 'base_url' must not carry credentials, a query or a fragment")
    return url.rstrip("/")


def _tokens(values: list[object], where: str) -> tuple[str, ...]:
    for number, value in enumerate(values):
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            raise FieldError(f"{where}: token {number} is not a printable ASCII string")
    return tuple(str(value) for value in values)


def _setup(fields: Fields) -> Setup:
    setup = Setup(
        method=_method(fields),
        path=_path(fields),
        body=_body(fields),
        expect_status=fields.number("expect_status", int, 200, low=100, high=599),
        save=_save(fields.take("save", dict, {})),
    )
    fields.done()
    return setup


def _setup_json(setup: Setup) -> dict[str, Json]:
    return {
        "method": setup.method,
        "path": setup.path,
        "body": setup.body,
        "expect_status": setup.expect_status,
        "save": dict(setup.save),
    }


def _invoke(fields: Fields) -> Invoke:
    method, path, body = _method(fields), _path(fields), _body(fields)
    names = Fields("invoke: events", fields.raw("events") or {})
    events = EventNames(
        content=names.take("content", str, "message"),
        error=names.optional("error", str),
        end=names.optional("end", str),
    )
    names.done()
    fields.done()
    return Invoke(method, path, body, events)


def _method(fields: Fields) -> str:
    method = fields.take("method", str, "POST")
    if method not in {"GET", "POST", "PUT"}:
        raise FieldError(f"method must be GET, POST or PUT, found {method!r}")
    return method


def _path(fields: Fields) -> str:
    path = fields.take("path", str)
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        raise FieldError(f"path must start with / and hold printable ASCII without spaces, found {path!r}")
    return path


def _body(fields: Fields) -> Json:
    return fields.raw("body")  # type: ignore[return-value] # it was read by json.loads


def _save(values: dict[str, object]) -> dict[str, str]:
    saved = {}
    for name, pointer in values.items():
        if not isinstance(pointer, str) or not pointer.startswith("/"):
            raise FieldError(f"setup: save: {name!r} must be a JSON pointer such as '/session_id', found {pointer!r}")
        saved[name] = pointer
    return saved


def _refuse_unknown(where: str, templates: Iterable[Json], known: tuple[str, ...]) -> None:
    for template in templates:
        for name in placeholders(template):
            if name not in known:
                raise FieldError(f"{where}: placeholder {{{name}}} is unknown (known: {', '.join(known)})")
