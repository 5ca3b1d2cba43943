"""The plan file."""

import json
from pathlib import Path

import pytest
from load_histories import PLAN

from agentcore_load.plan import Plan, PlanError

INVOKE = {"path": "/chats/{session_id}/invocations", "body": {"prompt": "hello {n}"}}
SETUP = {"path": "/chats", "expect_status": 201, "save": {"session_id": "/session_id"}}
SMALL: dict[str, object] = {"base_url": "http://127.0.0.1:1/", "setup": SETUP, "invoke": INVOKE}


def test_a_plan_is_read_with_its_defaults() -> None:
    """Only the target and the invocation must be said."""
    plan = Plan.from_json(SMALL)
    assert (plan.base_url, plan.users, plan.duration_s) == ("http://127.0.0.1:1", 10, 8.0)
    assert (plan.invoke.method, plan.invoke.events.content, plan.invoke.events.end) == ("POST", "message", None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user": 3}, r"plan: unknown key 'user' \(known keys: base_url, duration_s"),
        ({"users": 0}, "'users' must be between 1"),
        ({"users": "10"}, "'users' must be a whole number, found '10'"),
        ({"duration_s": float("nan")}, "'duration_s' must be between"),
        ({"base_url": "127.0.0.1:80"}, "'base_url' must be an http or https URL"),
        ({"base_url": "http://[::1"}, "'base_url' is not a URL"),
        ({"base_url": "http://me:secret@host"}, "must not carry credentials"),
        ({"tokens": ["a"] * 9}, "10 users need as many tokens, found 9"),
        ({"tokens": ["a\nb"] * 10}, "token 0 is not a printable ASCII string"),
        ({"invoke": None}, "plan: invoke: expected an object, found None"),
        ({"invoke": {"path": "/", "evil": 1}}, "plan: invoke: unknown key 'evil'"),
        ({"invoke": {"path": "chats"}}, "path must start with /"),
        ({"invoke": {"path": "/", "method": "DELETE"}}, "method must be GET, POST or PUT"),
        ({"invoke": {"path": "/", "events": {"end": 1}}}, "'end' must be a string"),
        ({"invoke": {"path": "/{chat}"}}, r"plan: invoke: placeholder \{chat\} is unknown"),
        ({"setup": {"path": "/{session_id}"}}, r"plan: setup: placeholder \{session_id\} is unknown"),
        ({"setup": {"path": "/", "save": {"id": "id"}}}, "must be a JSON pointer"),
    ],
)
def test_a_mistake_is_one_clear_line(changes: dict[str, object], message: str) -> None:
    """Every unusable value is refused by its name, and nothing is guessed."""
    with pytest.raises(PlanError, match=message) as caught:
        Plan.from_json({**SMALL, **changes})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "is not JSON"), (b"\xff", "is not JSON"), (b"[]", "expected an object, found \\[\\]")],
)
def test_garbage_names_the_file(tmp_path: Path, content: bytes, message: str) -> None:
    """A file that is no plan is refused with its path."""
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    with pytest.raises(PlanError, match=f"plan.json: {message}"):
        Plan.load(file)


def test_tokens_stay_out_of_what_is_shown() -> None:
    """Neither the public form nor the text of a plan holds a token."""
    plan = Plan.from_json({**PLAN, "tokens": [f"token-{n}" for n in range(10)]})
    assert "token-" not in json.dumps(plan.public())
    assert "token-" not in repr(plan)


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    """What is dumped is readable by its owner alone and loads as the same plan."""
    plan = Plan.from_json({**SMALL, "tokens": ["secret"] * 10})
    plan.dump(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan
    assert (tmp_path / "plan.json").stat().st_mode & 0o777 == 0o600
