"""pytest plugin of every suite that judges: `-p agentcore_contracts.suite_plugin` with `--target --verdicts --suite`.

Each suite function carries `@pytest.mark.requirement("A4")` and takes the fixture `target`. What becomes of it:

    returns                                    pass
    RequirementFailed, AssertionError          fail (also pytest.fail, and a group of nothing else)
    pytest.skip                                not run, with the reason
    anything else, in a fixture or the test    unknown

A function without an id that the `requirements.toml` of its top-level package knows is a usage error: nothing runs.
"""

import os
import signal
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

from agentcore_contracts.recording import record_of, replay_command
from agentcore_contracts.requirements import CatalogueError, Requirement, load_catalogue
from agentcore_contracts.target import Target, TargetError
from agentcore_contracts.verdict import NotRun, Outcome, Verdict, append_record

MARKER: Final = "requirement"
_TARGET: Final = pytest.StashKey[Target]()
_REQUIREMENT: Final = pytest.StashKey[Requirement]()
_RECORD: Final = pytest.StashKey[Verdict | NotRun]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("agentcore contracts")
    group.addoption("--target", metavar="FILE", help="JSON file that says what is judged")
    group.addoption("--verdicts", metavar="FILE", help="append one JSON line per requirement checked")
    group.addoption("--suite", metavar="NAME", help="name of the suite in the verdicts (default: the package)")
    group.addoption("--requirements", metavar="ID,ID", help="check only these requirements (default: all)")
    group.addoption("--lifeline-fd", metavar="N", type=int, help="end at once when this pipe is closed")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}(id): the requirement of the catalogue that the function checks")
    if (descriptor := config.getoption("--lifeline-fd")) is not None:
        threading.Thread(target=_end_with_parent, args=(descriptor,), daemon=True, name="lifeline").start()
    if (path := config.getoption("--target")) is not None:
        try:
            config.stash[_TARGET] = Target.load(Path(path))
        except TargetError as error:
            raise pytest.UsageError(str(error)) from error


def _end_with_parent(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config) -> Target:
    """What this run judges, from `--target`."""
    try:
        return pytestconfig.stash[_TARGET]
    except KeyError:
        raise pytest.UsageError("no target: give --target FILE") from None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    complaints = []
    for item in items:
        try:
            item.stash[_REQUIREMENT] = _requirement_of(item)
        except CatalogueError as error:
            complaints.append(f"{item.nodeid}: {error}")
    if complaints:
        raise pytest.UsageError("\n".join(complaints))
    if (wanted := config.getoption("--requirements")) is not None:
        _keep_only(wanted.split(","), config, items)


def _keep_only(wanted: list[str], config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if item.stash[_REQUIREMENT].id not in wanted]
    items[:] = [item for item in items if item.stash[_REQUIREMENT].id in wanted]
    config.hook.pytest_deselected(items=left_out)


def _requirement_of(item: pytest.Item) -> Requirement:
    marker = item.get_closest_marker(MARKER)
    if marker is None or len(marker.args) != 1:
        raise CatalogueError(f"no @pytest.mark.{MARKER}(id)")
    package = _module_name(item).partition(".")[0]
    catalogue = load_catalogue(package)
    if marker.args[0] not in catalogue:
        raise CatalogueError(f"{marker.args[0]!r} is not in the catalogue of {package}: {', '.join(catalogue)}")
    return catalogue[marker.args[0]]


def _module_name(item: pytest.Item) -> str:
    module = item.getparent(pytest.Module)
    return str(module.obj.__name__) if module is not None else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None or call.when == "call":
        item.stash[_RECORD] = _worse(item.stash.get(_RECORD, None), _record(item, call))
    if call.when == "teardown":
        _keep(item.config, item.stash[_RECORD])
    return report


def _keep(config: pytest.Config, record: Verdict | NotRun) -> None:
    if (path := config.getoption("--verdicts")) is not None:
        append_record(Path(path), record)
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and _quiet(config):
        word = record.outcome.value if isinstance(record, Verdict) else "not run"
        terminal.write_line(f"{word:8} {record.requirement.id:5} {record.requirement.sentence}")


def _quiet(config: pytest.Config) -> bool:
    return config.get_verbosity() < 0


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """With `-q` a run prints one line per record instead of pytest's letters."""
    if not _quiet(config):
        return None
    if report.when == "call" or report.skipped:
        return report.outcome, "", ""
    return ("error" if report.failed else ""), "", ""


def _record(item: pytest.Item, call: pytest.CallInfo[None]) -> Verdict | NotRun:
    suite = item.config.getoption("--suite") or _module_name(item).partition(".")[0]
    replay = replay_command(
        item.config.invocation_params.args, item.config.option.file_or_dir, f"{_module_name(item)}::{item.name}"
    )
    return record_of(item.stash[_REQUIREMENT], call, suite=suite, replay=replay)


def _worse(earlier: Verdict | NotRun | None, record: Verdict | NotRun) -> Verdict | NotRun:
    """What counts when a later phase has something to add: a failed requirement stays failed."""
    return earlier if isinstance(earlier, Verdict) and earlier.outcome is Outcome.FAIL else record
