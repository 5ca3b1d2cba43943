"""Quotas over the wire: what a client is told, and how an operator changes them while the emulator runs."""

import http.client
from collections.abc import Iterator
from typing import Any

import pytest
from emulator_calls import admin, call, invocations_path, invoke, open_stream, script
from emulator_program import run_to_end, running

from agentcore_emulator.quotas import Quotas
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator of two sessions at most, with a scripted runtime."""
    settings = Settings(
        scenarios=(script("count", 0), script("endless", 0, 3_600_000)), quotas=Quotas(active_sessions=2)
    )
    with Emulator(settings) as emulator:
        yield emulator


def put(emulator: Emulator, body: bytes) -> Any:
    """Sets quotas; status and document of the answer."""
    answer = call(emulator.port, "PUT", "/_emulator/quotas", body, {"Content-Type": "application/json"})
    return answer.status, answer.json()


def test_one_session_too_many(emulator: Emulator) -> None:
    """402 with the service's words; sessions that are there go on."""
    arn = emulator.runtime("count").arn
    assert [invoke(emulator.port, arn, session=name).status for name in ("a", "b", "c", "a")] == [200, 200, 402, 200]

    refused = invoke(emulator.port, arn, session="c")

    assert refused.error == (402, "ServiceQuotaExceededException")
    assert refused.json()["message"].startswith("maxVms limit exceeded for account 123456789012.")


def test_too_many_calls(emulator: Emulator) -> None:
    """429 for every operation of the data plane, until time passes."""
    assert put(emulator, b'{"calls_per_s": 2}')[0] == 200
    path = invocations_path(emulator.runtime("count").arn).replace("invocations", "stopruntimesession")

    answers = [invoke(emulator.port, emulator.runtime("count").arn, session="a").status for _ in range(2)]

    assert answers == [200, 200]
    assert call(emulator.port, "POST", path).error == (429, "ThrottlingException")
    admin(emulator.port, "clock", {"advance_s": 1})
    assert call(emulator.port, "POST", path).status == 400


def test_too_many_new_sessions(emulator: Emulator) -> None:
    """429 for a new session, none for one that runs."""
    put(emulator, b'{"new_sessions_per_s": 1}')
    arn = emulator.runtime("count").arn
    assert invoke(emulator.port, arn, session="a").status == 200

    assert invoke(emulator.port, arn, session="b").error == (429, "ThrottlingException")
    assert invoke(emulator.port, arn, session="a").status == 200


def test_quotas_are_shown_and_set(emulator: Emulator) -> None:
    """What is named changes, the rest stays; null is no limit."""
    before = admin(emulator.port, "quotas")
    status, after = put(emulator, b'{"active_sessions": null, "calls_per_s": 5}')

    assert (status, after) == (200, before | {"active_sessions": None, "calls_per_s": 5})
    assert admin(emulator.port, "quotas") == after


def test_the_switch(emulator: Emulator) -> None:
    """Off, nothing is refused; on again, the values are those of before."""
    put(emulator, b'{"enabled": false}')
    arn = emulator.runtime("count").arn
    assert {invoke(emulator.port, arn, session=f"s{n}").status for n in range(30)} == {200}

    assert put(emulator, b'{"enabled": true}')[1]["active_sessions"] == 2
    assert invoke(emulator.port, arn, session="new").status == 402


@pytest.mark.parametrize("body", [b'{"calls": 1}', b'{"calls_per_s": -1}', b'{"calls_per_s": "x"}', b"[]"])
def test_what_is_no_quota_is_refused(emulator: Emulator, body: bytes) -> None:
    """422 with a reason."""
    status, document = put(emulator, body)

    assert (status, bool(document["message"])) == (422, True)


def test_the_command_line_sets_quotas() -> None:
    """`--quota` and `--no-quotas` reach the emulator; without them the account's own hold."""
    with running("--quota", "calls_per_s=7", "--quota", "active_sessions=off") as program:
        assert admin(program.port, "quotas")["calls_per_s"] == 7
        assert admin(program.port, "quotas")["active_sessions"] is None
        assert admin(program.port, "quotas")["new_sessions_per_s"] == 25
    with running("--no-quotas") as program:
        assert admin(program.port, "quotas")["enabled"] is False
    assert run_to_end("--quota", "speed=1").stderr.startswith("agentcore-emulator: --quota")


def test_a_payload_above_its_quota_is_invalid(emulator: Emulator) -> None:
    """With a declared size and without; off, it passes."""
    arn = emulator.runtime("count").arn
    put(emulator, b'{"payload_bytes": 1000}')
    assert invoke(emulator.port, arn, "x" * 900, session="a").status == 200
    assert invoke(emulator.port, arn, "x" * 1_000, session="a").error == (400, "ValidationException")

    chunked = call(emulator.port, "POST", invocations_path(arn), iter([b"x" * 600] * 2))
    assert chunked.error == (400, "ValidationException")
    put(emulator, b'{"payload_bytes": null}')
    assert invoke(emulator.port, arn, "x" * 1_000, session="a").status == 200


def test_the_limits_of_time_go_by_the_quotas(emulator: Emulator) -> None:
    """A stream is cut when its longest duration has passed."""
    put(emulator, b'{"stream_duration_s": 100, "active_sessions": null}')
    with open_stream(emulator.port, emulator.runtime("endless").arn, {}, "cut") as stream:
        assert stream.read1() == b"data: 0\n\n"
        admin(emulator.port, "clock", {"advance_s": 101})

        with pytest.raises(http.client.IncompleteRead):
            stream.read()
