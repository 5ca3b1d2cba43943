"""Each requirement of the integration suite fails on a backend that breaks it, and all hold on one that does not."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from typing import Any

import defective_backends as variants
import pytest
from defective_backends import Variant
from served_backend import serving

from agentcore_backend.settings import SDK, TRANSPORTS, Settings
from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.verify import RequirementFailed
from agentcore_integration.aws.bootstrap import MESSAGES_TABLE, SESSIONS_TABLE
from agentcore_integration.environment import aws_environment
from agentcore_integration.profile import load_profile
from agentcore_integration.stack import OfflineStack, offline_stack
from agentcore_integration.suite.judged import JudgedBackend, converse
from agentcore_integration.suites import CHECKED_ELSEWHERE

Check = Callable[..., None]
Serve = Callable[[Variant, str], JudgedBackend]
MODULES = ("test_auth", "test_chats", "test_streaming")

CAUGHT = {
    "I1": [variants.lets_anybody_in, variants.sends_no_challenge],
    "I2": [variants.trusts_any_signature],
    "I3": [variants.ignores_expiry],
    "I4": [variants.takes_id_tokens],
    "I5": [variants.takes_any_client],
    "I6": [variants.takes_any_issuer],
    "I7": [variants.gives_short_session_ids, variants.lists_one_chat],
    "I8": [variants.does_not_store_answers],
    "I9": [variants.lists_backwards],
    "I10": [variants.leaks_chats],
    "I11": [variants.buffers_the_stream],
    "I12": [variants.drops_the_last_event],
    "I13": [variants.changes_the_session_id],
    "I14": [variants.swallows_failures],
    "I15": [variants.swallows_failures, variants.calls_everything_complete],
    "I16": [variants.keeps_reading],
    "I17": [variants.mixes_answers],
}
# what an answer goes through on its way differs from here on
DEPENDS_ON_TRANSPORT = ("I11", "I12", "I13", "I14", "I15", "I16", "I17")


@pytest.fixture(scope="module", autouse=True)
def declared_marker(pytestconfig: pytest.Config) -> None:
    """Declare the marker of the suite's functions, which are imported here and not collected."""
    pytestconfig.addinivalue_line("markers", "requirement(id): declared by the suite's plugin in the suite's own runs")


def suite_functions() -> dict[str, Check]:
    """The functions of the suite by the requirement they check."""
    modules = [import_module(f"agentcore_integration.suite.{name}") for name in MODULES]
    functions = [function for module in modules for _, function in inspect.getmembers(module, inspect.isfunction)]
    return {mark.args[0]: function for function in functions for mark in getattr(function, "pytestmark", [])}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfflineStack]:
    """The offline AWS of the reference profile."""
    profile, _ = load_profile("reference")
    with offline_stack(profile.agents, tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def serve(stack: OfflineStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serves a variant of the reference backend, with the transport of this name, in front of the stack."""
    for name, value in aws_environment(stack).items():
        monkeypatch.setenv(name, value)
    settings = Settings(
        region=stack.region,
        user_pool_id=stack.pool.user_pool_id,
        client_id=stack.pool.client_id,
        issuer=stack.pool.issuer,
        jwks_url=stack.pool.jwks_url,
        sessions_table=SESSIONS_TABLE,
        messages_table=MESSAGES_TABLE,
        agents=stack.runtimes,
    )
    with ExitStack() as running:

        def serve(variant: Variant, transport: str) -> JudgedBackend:
            url = running.enter_context(serving(variant(replace(settings, transport=transport))))
            return JudgedBackend(url, stack.emulator.url, stack.region, stack.pool, stack.aws.url, MESSAGES_TABLE)

        yield serve


def call(function: Check, backend: JudgedBackend, known: dict[str, Any]) -> None:
    """Call a function of the suite with what its fixtures would give it; ``known`` is kept for the next call."""
    names = inspect.signature(function).parameters
    known["backend"] = backend
    for name in ("alice", "bob"):
        if name not in known and (name in names or (name == "alice" and "conversation" in names)):
            known[name] = backend.new_user(name)
    if "conversation" in names and "conversation" not in known:
        known["conversation"] = converse(known["alice"])
    function(**{name: known[name] for name in names})


def test_every_requirement_is_caught() -> None:
    """Each requirement of the catalogue has a function, and a defect it is known to catch."""
    wanted = set(load_catalogue("agentcore_integration")) - CHECKED_ELSEWHERE
    assert wanted == set(CAUGHT) == set(suite_functions())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_sound_backend_passes(serve: Serve, transport: str) -> None:
    """The same functions that catch defects find none where there is none, whichever way agents are asked."""
    backend, known = serve(variants.sound, transport), dict[str, Any]()
    for function in suite_functions().values():
        call(function, backend, known)


@pytest.mark.parametrize(
    ("requirement", "variant", "transport"),
    [
        (requirement, variant, transport)
        for requirement, found in CAUGHT.items()
        for variant in found
        for transport in (TRANSPORTS if requirement in DEPENDS_ON_TRANSPORT else [SDK])
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_defect_is_caught(serve: Serve, requirement: str, variant: Variant, transport: str) -> None:
    """A backend that breaks the requirement, and is sound otherwise, fails it."""
    backend = serve(variant, transport)
    with pytest.raises(RequirementFailed):
        call(suite_functions()[requirement], backend, {})
