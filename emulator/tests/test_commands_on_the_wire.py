"""InvokeAgentRuntimeCommand: what a command sees, how its output comes, and that nothing of it is left."""

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psutil
import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError, EventStreamError
from control_calls import client
from emulator_calls import (
    AGENTS,
    SESSION_HEADER,
    admin,
    call,
    invocations_path,
    invoke,
    live,
    open_stream,
    script,
    session_id,
    wait_until,
)
from emulator_program import running

from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

MIB = 1_048_576


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with the agent that does what it is told, and a scripted one."""
    with Emulator(Settings(agents=(live("probe", "probe_agent.py", "app"),), scenarios=(script("count", 0),))) as made:
        yield made


def chunks_of(emulator: Emulator, command: str, session: str, **body: object) -> list[dict[str, Any]]:
    """The chunks that boto3 reads."""
    answer = client(emulator, "bedrock-agentcore").invoke_agent_runtime_command(
        agentRuntimeArn=str(emulator.runtime("probe").arn),
        runtimeSessionId=session_id(session),
        body={"command": command, **body},
    )
    with closing(answer["stream"]) as stream:
        return [event["chunk"] for event in stream]


def text_of(chunks: list[dict[str, Any]], stream: str) -> str:
    """All that came on stdout or stderr."""
    return "".join(chunk["contentDelta"].get(stream, "") for chunk in chunks if "contentDelta" in chunk)


def frames_of(body: bytes) -> list[Any]:
    """The frames of a binary event stream, both checksums of each checked."""
    buffer: Any = EventStreamBuffer()
    buffer.add_data(body)
    return list(buffer)


def posted(emulator: Emulator, body: object, runtime: str = "probe", session: str = "a") -> Any:
    """The raw answer to a command's body."""
    path = invocations_path(emulator.runtime(runtime).arn).replace("invocations", "commands")
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return call(emulator.port, "POST", path, sent, {SESSION_HEADER: session_id(session)})


@pytest.fixture
def command(emulator: Emulator) -> Iterator[tuple[http.client.HTTPConnection, str]]:
    """A connection, and the path that runs commands."""
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=20)
    yield connection, invocations_path(emulator.runtime("probe").arn).replace("invocations", "commands")
    connection.close()


def test_boto3_reads_a_command_s_output(emulator: Emulator) -> None:
    """First contentStart, then both streams apart, then how it ended."""
    chunks = chunks_of(emulator, "echo out; echo err >&2; exit 3", "a")

    assert chunks[0] == {"contentStart": {}}
    assert (text_of(chunks, "stdout"), text_of(chunks, "stderr")) == ("out\n", "err\n")
    assert chunks[-1] == {"contentStop": {"exitCode": 3, "status": "COMPLETED"}}


def test_a_command_shares_the_agent_s_environment_and_folder(emulator: Emulator) -> None:
    """Working directory and variables are those of the session's process."""
    pid = invoke(emulator.port, emulator.runtime("probe").arn, 1, "shared").json()["pid"]
    agent = psutil.Process(pid)
    printed = text_of(chunks_of(emulator, "pwd -P; printf %s $PATH", "shared"), "stdout")

    assert printed == f"{os.path.realpath(agent.cwd())}\n{agent.environ()['PATH']}"


def test_an_unknown_session_begins(emulator: Emulator) -> None:
    """The command provisions it, and the next invocation finds it running."""
    assert chunks_of(emulator, "true", "begun by a command")[-1]["contentStop"]["exitCode"] == 0
    before = {process.pid for process in psutil.Process().children(recursive=True)}

    assert invoke(emulator.port, emulator.runtime("probe").arn, 1, "begun by a command").json()["pid"] in before


def test_output_comes_as_it_is_written(command: tuple[http.client.HTTPConnection, str], emulator: Emulator) -> None:
    """The first line is here while the command still runs, beside an open invocation of the same session."""
    connection, path = command
    with open_stream(emulator.port, emulator.runtime("probe").arn, {"do": "stream_until_left"}, "prompt") as stream:
        assert stream.read1() == b"data: 1\n\n"
        connection.request(
            "POST", path, b'{"command": "echo 1; read -r < /dev/zero"}', {SESSION_HEADER: session_id("prompt")}
        )
        response = connection.getresponse()
        buffer: Any = EventStreamBuffer()
        seen: list[Any] = []
        while len(seen) < 2:
            buffer.add_data(response.read1())
            seen += [json.loads(message.payload) for message in buffer]
        assert seen[1] == {"contentDelta": {"stdout": "1\n"}}
        response.close()


def test_a_command_meets_the_session_s_world_alone(emulator: Emulator) -> None:
    """No children but its own, no words of others, and a signal's number as its end."""
    told = chunks_of(emulator, "echo $(jobs -r) $(ps --ppid $$ -o comm=); kill -KILL $$", "alone")

    assert (text_of(told, "stdout"), text_of(told, "stderr")) == ("ps\n", "")
    assert told[-1]["contentStop"]["exitCode"] == 128 + signal.SIGKILL


def test_a_command_out_of_time_is_killed_whole(emulator: Emulator) -> None:
    """Its children too; what it wrote is there; the clock of the emulator counts."""
    started = time.monotonic()
    chunks = chunks_of(emulator, "echo begun; sleep 987 & sleep 987", "late", timeout=1)

    assert chunks[-1]["contentStop"]["status"] == "TIMED_OUT"
    assert text_of(chunks, "stdout") == "begun\n"
    wait_until(lambda: not _runs("987"))
    assert time.monotonic() - started < 5


def test_what_a_command_leaves_behind_ends_with_it(emulator: Emulator) -> None:
    """A job in the background does not hold the answer, and does not stay."""
    chunks = chunks_of(emulator, "sleep 986 & exit 0", "behind")

    assert chunks[-1] == {"contentStop": {"exitCode": 0, "status": "COMPLETED"}}
    wait_until(lambda: not _runs("986"))


def test_a_client_that_leaves_ends_its_command(
    command: tuple[http.client.HTTPConnection, str], emulator: Emulator
) -> None:
    """Nothing runs on for nobody."""
    connection, path = command
    connection.request("POST", path, b'{"command": "exec sleep 985"}', {SESSION_HEADER: session_id("left")})
    response = connection.getresponse()
    wait_until(lambda: _runs("985"))
    response.close()
    connection.close()

    wait_until(lambda: not _runs("985"))


def test_stopping_the_session_ends_its_commands(
    command: tuple[http.client.HTTPConnection, str], emulator: Emulator
) -> None:
    """The stream ends with a modelled exception."""
    connection, path = command
    connection.request("POST", path, b'{"command": "sleep 984"}', {SESSION_HEADER: session_id("stopped")})
    response = connection.getresponse()
    wait_until(lambda: _runs("984"))
    call(
        emulator.port,
        "POST",
        path.replace("commands", "stopruntimesession"),
        b"",
        {SESSION_HEADER: session_id("stopped")},
    )
    last = frames_of(response.read())[-1]

    assert last.headers.get(":exception-type") == "runtimeClientError"
    wait_until(lambda: not _runs("984"))


def test_one_of_two_callers_of_a_new_session_is_told_to_retry() -> None:
    """While the first command's process comes up, the second is refused; here it never does."""
    settings = Settings(agents=(live("probe", "never_ready.py"),), init_timeout_s=1.0)
    with Emulator(settings) as emulator, ThreadPoolExecutor() as threads:
        answers = list(threads.map(lambda _: posted(emulator, {"command": "true"}), range(2)))

    assert {answer.error for answer in answers} == {(409, "RetryableConflictException"), (424, "RuntimeClientError")}


def test_much_output_in_small_frames(emulator: Emulator) -> None:
    """Five megabytes of control characters: whole, and every frame within 64 KB."""
    answer = posted(emulator, {"command": "head -c 5000000 /dev/zero"}, session="much")
    frames = frames_of(answer.body)
    text = text_of([json.loads(frame.payload) for frame in frames], "stdout")

    assert max(frame.prelude.total_length for frame in frames) <= 65_536
    assert text == "\0" * 5_000_000


def test_characters_that_are_cut_by_a_read_stay_whole(emulator: Emulator) -> None:
    """A character of three bytes may lie across two reads."""
    printed = text_of(chunks_of(emulator, "printf '€%.0s' {1..20000}", "cut"), "stdout")

    assert printed == "€" * 20_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        {"command": ""},
        {"command": 1},
        {"command": "x" * 65_537},
        {"command": "a\0b"},
        {"command": "true", "timeout": 0},
        {"command": "true", "timeout": 3_601},
        {"command": "true", "timeout": 1.5},
        {"command": "true", "timeout": True},
        b'{"command": "' + b"x" * (MIB + 1) + b'"}',
    ],
)
def test_a_body_beyond_its_limits_is_refused(emulator: Emulator, body: object) -> None:
    """Before anything is started."""
    assert posted(emulator, body).error == (400, "ValidationException")


@pytest.mark.parametrize("body", [{"command": "#" + "x" * 65_535}, {"command": "true", "timeout": 3_600}])
def test_a_body_at_its_limits_is_taken(emulator: Emulator, body: object) -> None:
    """65 536 bytes and an hour are legal."""
    assert posted(emulator, body).status == 200


def test_a_script_has_no_place_to_run_commands_in(emulator: Emulator) -> None:
    """The error says why."""
    answer = posted(emulator, {"command": "true"}, runtime="count")

    assert answer.error == (400, "ValidationException")
    assert "only live agents have" in answer.json()["message"]


def test_commands_can_be_turned_off() -> None:
    """An operator who wants none gets none."""
    settings = Settings(agents=(live("probe", "probe_agent.py", "app"),), commands=False)
    with Emulator(settings) as emulator, pytest.raises(ClientError, match="--no-commands"):
        chunks_of(emulator, "true", "a")


def test_a_longer_answer_than_the_service_gives_ends_with_an_exception(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """boto3 raises it, after what came before."""
    monkeypatch.setattr("agentcore_emulator.aws.command_stream.RESPONSE_SIZE_MAX", 100_000)
    with pytest.raises(EventStreamError, match="serviceQuotaExceededException"):
        chunks_of(emulator, "yes", "endless")


def test_a_killed_emulator_leaves_no_command() -> None:
    """However it dies, its commands die with it."""
    with running("--agent", f"probe={AGENTS / 'probe_agent.py'}:app", "--auth", "off", line_count=4) as program:
        connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=20)
        arn = admin(program.port, "runtimes")["runtimes"][0]["arn"]
        path = invocations_path(arn).replace("invocations", "commands")
        connection.request("POST", path, b'{"command": "sleep 983 & sleep 983"}', {SESSION_HEADER: session_id("k")})
        response = connection.getresponse()
        wait_until(lambda: _runs("983"))
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()
        response.close()
        connection.close()

    wait_until(lambda: not _runs("983"))


def _runs(seconds: str) -> bool:
    return any(
        process.info["cmdline"] == ["sleep", seconds] and process.info["status"] != psutil.STATUS_ZOMBIE
        for process in psutil.process_iter(["cmdline", "status"])
    )
