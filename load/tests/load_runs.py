"""Runs of the load command as its own process, against a server that knows the truth."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stamping_server import Stamps

from agentcore_load.history import End, Record, Run, Sample, SetupDone, Stream, read

COMMAND = (sys.executable, "-m", "agentcore_load.run")


def plan(base_url: str, path: str = "/stream/ok", changes: Mapping[str, object] | None = None) -> dict[str, object]:
    """Three users, for as long as a stream or two takes."""
    return {
        "base_url": base_url,
        "users": 3,
        "spawn_rate": 30,
        "duration_s": 0.6,
        "stop_timeout_s": 2,
        "tokens": ["secret-0", "secret-1", "secret-2"],
        "setup": {"path": "/chats", "body": {}, "expect_status": 201, "save": {"session_id": "/session_id"}},
        "invoke": {
            "path": path,
            "body": {"key": f"{path} {{user}}/{{n}}"},
            "events": {"content": "chunk", "error": "error", "end": "done"},
        },
        **(changes or {}),
    }


@dataclass
class LoadRun:
    """A run in its own directory."""

    directory: Path
    process: "subprocess.Popen[str]"

    @property
    def history(self) -> Path:
        """Where it writes."""
        return self.directory / "history.jsonl"

    def wait(self) -> str:
        """Wait for its end; what it said on stderr."""
        return self.process.communicate(timeout=30)[1]

    @property
    def records(self) -> list[Record]:
        """All of its history."""
        return list(read(self.history))

    @property
    def run(self) -> Run:
        """Its first line."""
        first = self.records[0]
        assert isinstance(first, Run)
        return first

    @property
    def end(self) -> End:
        """Its last line."""
        last = self.records[-1]
        assert isinstance(last, End), last
        return last

    @property
    def streams(self) -> list[Stream]:
        """Its streams."""
        return [one for one in self.records if isinstance(one, Stream)]

    @property
    def setups(self) -> list[SetupDone]:
        """Its setup calls."""
        return [one for one in self.records if isinstance(one, SetupDone)]

    @property
    def samples(self) -> list[Sample]:
        """Its generator."""
        return [one for one in self.records if isinstance(one, Sample)]

    def first_chunk_errors_ms(self, journal: dict[str, Stamps], path: str) -> list[float]:
        """How much longer each first chunk took by the history than by the server's own stamps, in order of size."""
        errors = []
        for one in self.streams:
            stamps = journal[f"{path} {one.user}/{one.n}"]
            if one.first_chunk_ms is not None:
                errors.append(one.first_chunk_ms - (stamps.sent_s[0] - stamps.received_s) * 1000)
        return sorted(errors)


def start(
    directory: Path,
    content: object,
    *,
    options: Sequence[str] = (),
    command: Sequence[str] = COMMAND,
    pass_fds: tuple[int, ...] = (),
) -> LoadRun:
    """Start a run of the plan."""
    directory.mkdir(exist_ok=True)
    (directory / "plan.json").write_text(content if isinstance(content, str) else json.dumps(content))
    files = ["--plan", str(directory / "plan.json"), "--history", str(directory / "history.jsonl")]
    process = subprocess.Popen([*command, *files, *options], stderr=subprocess.PIPE, text=True, pass_fds=pass_fds)
    return LoadRun(directory, process)
