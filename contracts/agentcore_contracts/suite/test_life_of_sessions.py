"""The life of a session: starting, stopped, idle, too old."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from agentcore_contracts.data_plane import SESSION_HEADER, DataPlane, Invocation, boto3_client, json_payload
from agentcore_contracts.http_client import Response
from agentcore_contracts.suite import asking
from agentcore_contracts.suite.deploying import short_lived
from agentcore_contracts.suite.passing_time import pass_time
from agentcore_contracts.target import Target
from agentcore_contracts.verify import (
    RequirementFailed,
    TargetUnavailable,
    verify,
    verify_different,
    verify_equal,
    verify_error,
    verify_status,
)

EVENTS: Final = 200
INTERVAL_MS = 100.0
"""The stream that is cut would last twenty seconds."""
SESSIONS = 4
"""Sessions of the slow agent that are started at most: a platform may have some started before they are asked for."""
ASK_AGAIN_S: Final = 0.02
BOTO3_ATTEMPTS: Final = 15
"""boto3's own three attempts are over after 0.15 s, which no start of a container takes."""
IDLE_S: Final = 60
"""The shortest that the service allows."""
LIFETIME_S: Final = 240
"""Long enough for the sessions of A15 to start one after the other and be idle."""
STEPS: Final = 4
STEP_S: Final = 50
"""Within its lifetime a session of A16 is never idle for `IDLE_S`."""
TERMINATION_S: Final = 20
"""Ending a session takes up to 15 s (developer guide, lifecycle settings)."""


@pytest.mark.requirement("A13")
def test_operation_while_starting(target: Target) -> None:
    """A13: An operation on a session that is starting gets 409 RetryableConflictException, which boto3 retries."""
    slow = asking.runtime(target, "slow")
    for _ in range(SESSIONS):
        answers = _start(target, slow, asking.new_session_id())
        statuses = [answer.status for answer in answers]
        if 409 in statuses:
            break
    verify(409 in statuses, expected="409 for one of the operations", actual=f"statuses {statuses}")
    verify(200 in statuses, expected="200 for one of the operations", actual=f"statuses {statuses}")
    for answer in answers:
        if answer.status != 200:
            verify_error(answer, 409, "RetryableConflictException", "Session operation in progress, please retry")


def _start(target: Target, slow: str, session_id: str) -> list[Response]:
    """The answers to operations on a session, from the first one on until it is up."""
    invocation = Invocation(runtime=slow, payload=asking.WHOAMI, session_id=session_id)
    with ThreadPoolExecutor(1, "first invocation") as pool:
        first = pool.submit(DataPlane(target).invoke, invocation)
        answers = _ask_until_conflict(target, invocation, first)
        if not first.done():
            _succeeds_with_boto3(target, slow, session_id)
        return [*answers, first.result()]


def _ask_until_conflict(target: Target, invocation: Invocation, first: Future[Response]) -> list[Response]:
    answers: list[Response] = []
    while not first.done() and 409 not in [answer.status for answer in answers]:
        wait([first], ASK_AGAIN_S)
        answers.append(DataPlane(target).invoke(invocation))
    return answers


def _succeeds_with_boto3(target: Target, arn: str, session_id: str) -> None:
    client = boto3_client(target, attempts=BOTO3_ATTEMPTS)
    try:
        answer = client.invoke_agent_runtime(
            agentRuntimeArn=arn, runtimeSessionId=session_id, payload=asking.WHOAMI, contentType="application/json"
        )
        answer["response"].read()
    except ClientError as error:
        raise RequirementFailed(expected="boto3 retries until the session is up", actual=str(error)) from error
    except BotoCoreError as error:
        raise TargetUnavailable(f"boto3 got no response: {error}") from error


@pytest.mark.requirement("A14")
def test_stop(target: Target) -> None:
    """A14: A stopped session's stream is cut, its next invocation starts fresh; stopping an unknown one gives 404."""
    plane, arn, session_id = DataPlane(target), asking.runtime(target), asking.new_session_id()
    before = asking.whoami(target, session_id=session_id)
    payload = json_payload(do="stream", events=EVENTS, interval_ms=INTERVAL_MS)
    with plane.open(Invocation(runtime=arn, payload=payload, session_id=session_id)) as exchange:
        begun = next(exchange.events(), None)
        verify(begun is not None, expected="a stream of events", actual="no event")
        stopped = plane.stop(arn, session_id)
        stream = exchange.finish()

    verify_status(stopped, 200)
    verify_equal(stopped.header(SESSION_HEADER), session_id, what=SESSION_HEADER, evidence=stopped.describe())
    verify(
        len(stream.events) < EVENTS,
        expected=f"the stream is cut before its {EVENTS} events",
        actual=f"{len(stream.events)} events, body {stream.ending}",
        evidence=stream.describe(),
    )
    after = asking.whoami_at_rest(target, session_id=session_id)
    verify_different(after["process"], before["process"], what="processes before and after the stop")
    verify_equal(after["invocations"], 1, what="invocations that the process after the stop counted")
    verify_error(plane.stop(arn, asking.new_session_id()), 404, "ResourceNotFoundException")


@pytest.mark.requirement("A15")
def test_idle_session(target: Target) -> None:
    """A15: An idle session is stopped at its timeout; HealthyBusy or an advancing time_of_last_update keeps it."""
    with short_lived(target, IDLE_S, LIFETIME_S) as arn:
        pings = ("HealthyBusy", "advancing", "Healthy")
        sessions = {
            ping: (session_id := asking.new_session_id(), _started(target, arn, session_id, ping)) for ping in pings
        }

        pass_time(target, IDLE_S + TERMINATION_S)

        for ping, (session_id, before) in sessions.items():
            after = asking.whoami_at_rest(target, runtime=arn, session_id=session_id)
            compare = verify_different if ping == "Healthy" else verify_equal
            compare(after["process"], before["process"], what=f"process of the idle session that answers {ping}")


def _started(target: Target, arn: str, session_id: str, ping: str) -> dict[str, Any]:
    """A session whose agent answers /ping that way from now on; what it says of itself."""
    asking.whoami_at_rest(target, runtime=arn, session_id=session_id)
    return asking.report(asking.ask(target, json_payload(do="ping", answer=ping), runtime=arn, session_id=session_id))


@pytest.mark.requirement("A16")
def test_lifetime(target: Target) -> None:
    """A16: A session is stopped at maxLifetime, also when it is busy and was invoked just before."""
    with short_lived(target, IDLE_S, LIFETIME_S) as arn:
        session_id = asking.new_session_id()
        before = _started(target, arn, session_id, "HealthyBusy")

        for _ in range(STEPS):
            pass_time(target, STEP_S)
            during = asking.whoami(target, runtime=arn, session_id=session_id)
            verify_equal(during["process"], before["process"], what="process of the session within its lifetime")
        pass_time(target, LIFETIME_S - STEPS * STEP_S + TERMINATION_S)

        after = asking.whoami_at_rest(target, runtime=arn, session_id=session_id)
        verify_different(after["process"], before["process"], what="processes before and after the lifetime")
