"""pytest plugin of the property suite, loaded behind the one that judges: seeds and amounts.

`-p agentcore_contracts.suite_plugin -p agentcore_property_tests.suite_plugin`

Every run has a seed: that of `--seed`, or a fresh one, which then stands in the replay commands as if it had been
given. Nothing is read from an earlier run, so that seed, commit and `--examples` say all there is to say of a run.
"""

import dataclasses
import importlib
import os
import pkgutil
import random
import tempfile
from typing import Final

import hypothesis
import pytest

from agentcore_property_tests import suite

PROFILE: Final = "agentcore-property-tests"
EXAMPLES: Final = 300
"""Examples of each property: with so many, the properties P1 to P6 together caught 40 of 41 decoders with one bug."""

_STORAGE: Final = "HYPOTHESIS_STORAGE_DIRECTORY"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("agentcore properties")
    group.addoption("--seed", type=int, metavar="N", help="seed of the examples (default: a fresh one)")
    group.addoption("--examples", type=int, metavar="N", default=EXAMPLES, help="examples of each property")


@pytest.hookimpl(tryfirst=True)  # before Hypothesis's own plugin, where that one is loaded, looks for its directory
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--seed") is None:
        config.option.seed = random.SystemRandom().getrandbits(32)
        given = config.invocation_params
        config.invocation_params = dataclasses.replace(given, args=(*given.args, f"--seed={config.option.seed}"))
    _use_profile(examples=config.getoption("--examples"))
    _store_nothing(config)
    _import_suite()


def _use_profile(*, examples: int) -> None:
    hypothesis.settings.register_profile(
        PROFILE,
        max_examples=examples,
        derandomize=False,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile(PROFILE)


def _store_nothing(config: pytest.Config) -> None:
    """Give Hypothesis a directory that goes away: it must not leave one where the user happens to stand."""
    if _STORAGE in os.environ:
        return
    folder = tempfile.TemporaryDirectory(prefix="agentcore-property-tests-", ignore_cleanup_errors=True)
    os.environ[_STORAGE] = folder.name

    def forget() -> None:
        del os.environ[_STORAGE]
        folder.cleanup()

    config.add_cleanup(forget)


def _import_suite() -> None:
    """Import all of the suite, also when one function of it is replayed.

    Hypothesis mixes constants of the modules it finds imported into its examples: the same seed gives the same examples
    only among the same modules.
    """
    for found in pkgutil.iter_modules(suite.__path__, f"{suite.__name__}."):
        importlib.import_module(found.name)


def pytest_report_header(config: pytest.Config) -> str:
    return f"properties: --seed {config.getoption('--seed')} --examples {config.getoption('--examples')}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.line(pytest_report_header(config))  # the header is not shown in quiet runs


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function):
            # with its name in it, so that properties of the same strategy do not all try the same examples
            hypothesis.seed(f"{config.getoption('--seed')} {item.name}")(item.obj)
