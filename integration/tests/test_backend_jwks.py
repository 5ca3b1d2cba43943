"""Fetching the pool's keys: when it happens, how often at most, and what an outage does."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses
import token_maker

from agentcore_backend.errors import KeysUnavailable
from agentcore_backend.jwks import AGE_MAX_S, REFETCH_INTERVAL_S, RETRY_INTERVAL_S, KeySet, UnknownKeyError

URL = "https://keys.example/.well-known/jwks.json"


class ManualClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def provider() -> Iterator[responses.RequestsMock]:
    """An identity provider that answers as the test says; an answer nobody asked for is no error."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def serve(provider: responses.RequestsMock, *key_ids: str) -> None:
    """From now on the provider has these keys."""
    document = {"keys": [token_maker.key(key_id).public_jwk() for key_id in key_ids]}
    provider.upsert(responses.GET, URL, json=document)


def test_fetched_once(provider: responses.RequestsMock) -> None:
    """A key that is known is not fetched again, however many ask at once."""
    serve(provider, "one")

    async def ask_often() -> list[Any]:
        keys = KeySet(URL)
        return await asyncio.gather(*(keys.key("one") for _ in range(20)))

    assert {"one"} == {key.key_id for key in asyncio.run(ask_often())}
    assert len(provider.calls) == 1


def test_new_key_is_found(provider: responses.RequestsMock) -> None:
    """A key that was added later is found when a token names it."""
    clock = ManualClock()
    keys = KeySet(URL, clock)
    serve(provider, "one")
    asyncio.run(keys.key("one"))
    serve(provider, "one", "two")
    clock.now_s += REFETCH_INTERVAL_S
    assert asyncio.run(keys.key("two")).key_id == "two"


def test_unknown_key_ids_do_not_make_traffic(provider: responses.RequestsMock) -> None:
    """Made-up key ids cause at most one fetch per interval."""
    clock = ManualClock()
    keys = KeySet(URL, clock)
    serve(provider, "one")
    for number in range(20):
        with pytest.raises(UnknownKeyError):
            asyncio.run(keys.key(f"made-up-{number}"))
    assert len(provider.calls) == 1
    clock.now_s += REFETCH_INTERVAL_S
    with pytest.raises(UnknownKeyError):
        asyncio.run(keys.key("made-up"))
    assert len(provider.calls) == 2


def test_removed_key_is_forgotten(provider: responses.RequestsMock) -> None:
    """A key that the provider took out of its set is refused after the greatest age of a set."""
    clock = ManualClock()
    keys = KeySet(URL, clock)
    serve(provider, "one")
    asyncio.run(keys.key("one"))
    serve(provider, "two")
    clock.now_s += AGE_MAX_S + 1
    with pytest.raises(UnknownKeyError):
        asyncio.run(keys.key("one"))


def test_outage_keeps_known_keys(provider: responses.RequestsMock) -> None:
    """While the provider is down, keys that were good stay good."""
    clock = ManualClock()
    keys = KeySet(URL, clock)
    serve(provider, "one")
    asyncio.run(keys.key("one"))
    provider.upsert(responses.GET, URL, status=503)
    clock.now_s += AGE_MAX_S + 1
    assert asyncio.run(keys.key("one")).key_id == "one"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 302, "headers": {"Location": "https://elsewhere.example/"}},
        {"body": b"<html>"},
        {"json": ["keys"]},
        {"json": {"keys": []}},
        {"json": {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]}},
        {"body": requests.ConnectionError("refused")},
    ],
    ids=["error", "redirect", "no JSON", "no object", "no keys", "a shared secret", "refused"],
)
def test_never_reached(provider: responses.RequestsMock, answer: dict[str, Any]) -> None:
    """Without a usable set nothing can be told about a token, which is not the caller's fault."""
    provider.add(responses.GET, URL, **answer)
    with pytest.raises((KeysUnavailable, UnknownKeyError)):
        asyncio.run(KeySet(URL).key("one"))


def test_recovery(provider: responses.RequestsMock) -> None:
    """After a failed fetch the next one is tried soon."""
    clock = ManualClock()
    keys = KeySet(URL, clock)
    provider.add(responses.GET, URL, status=503)
    with pytest.raises(KeysUnavailable):
        asyncio.run(keys.key("one"))
    serve(provider, "one")
    clock.now_s += RETRY_INTERVAL_S
    assert asyncio.run(keys.key("one")).key_id == "one"


def test_fetch_does_not_block(provider: responses.RequestsMock) -> None:
    """While a fetch hangs, the event loop goes on."""
    may_answer = threading.Event()

    def hang(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        assert may_answer.wait(5)
        return 503, {}, ""

    provider.add_callback(responses.GET, URL, callback=hang)

    async def go_on_meanwhile() -> None:
        asking = asyncio.create_task(KeySet(URL).key("one"))
        # only a loop that is not blocked comes to this
        asyncio.get_running_loop().call_later(0.01, may_answer.set)
        with pytest.raises(KeysUnavailable):
            await asking

    asyncio.run(go_on_meanwhile())
