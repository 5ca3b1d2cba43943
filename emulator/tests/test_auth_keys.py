"""Documents of identity providers: fetched within bounds, kept, fetched again, and survived when they fail."""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from token_issuer import Issuer, public_ec_jwk, public_jwk

from agentcore_emulator.auth import fetch
from agentcore_emulator.auth.authorizer_config import AuthorizerConfig
from agentcore_emulator.auth.fetch import FetchError, fetch_json
from agentcore_emulator.auth.jwks import (
    AGE_MAX_S,
    REFETCH_INTERVAL_S,
    RETRY_INTERVAL_S,
    Provider,
    ProviderUnreachableError,
    UnknownKeyError,
    usable_keys,
)

DISCOVERY = "https://issuer.example/.well-known/openid-configuration"
CONFIG = AuthorizerConfig(DISCOVERY, clients=("a",))


class Documents:
    """What a provider serves, without a network; and a clock."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.keys = [public_jwk("one")]
        self.fetches = 0
        self.down = False
        self.provider = Provider(CONFIG, lambda: self.now_s, self.fetch)

    async def fetch(self, url: str) -> dict[str, Any]:
        """The discovery document or the key set."""
        self.fetches += 1
        await asyncio.sleep(0)
        if self.down:
            raise FetchError("down")
        if url == DISCOVERY:
            return {"issuer": "https://issuer.example", "jwks_uri": "https://issuer.example/jwks.json"}
        return {"keys": self.keys}

    def has(self, key_id: str, algorithm: str = "RS256") -> bool:
        """Whether the provider gives that key out."""

        async def ask() -> bool:
            try:
                return (await self.provider.key(key_id, algorithm))[0] == "https://issuer.example"
            except UnknownKeyError:
                return False

        return asyncio.run(ask())


@pytest.fixture
def documents() -> Documents:
    """A provider with one key."""
    return Documents()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """A provider on loopback."""
    with Issuer() as serving:
        yield serving


def test_keys_are_fetched_once(documents: Documents) -> None:
    """Later tokens cost no fetch, and many at once wait for the same one."""

    async def ask() -> None:
        await asyncio.gather(*(documents.provider.key("one", "RS256") for _ in range(20)))

    asyncio.run(ask())
    assert documents.has("one")
    assert documents.fetches == 2


def test_unknown_key_is_looked_for_at_most_once_in_a_while(documents: Documents) -> None:
    """A key that was added is found at the next permitted look, not before."""
    assert not documents.has("two")
    documents.keys.append(public_jwk("two"))
    assert not documents.has("two")
    documents.now_s += REFETCH_INTERVAL_S
    assert documents.has("two")
    assert documents.fetches == 4


def test_removed_key_is_forgotten_in_time(documents: Documents) -> None:
    """A key that the provider took out is good until the set is old."""
    assert documents.has("one")
    documents.keys = [public_jwk("two")]
    assert documents.has("one")
    documents.now_s += AGE_MAX_S + 1
    assert not documents.has("one")


def test_outage_does_not_lock_out(documents: Documents, caplog: pytest.LogCaptureFixture) -> None:
    """Keys that were good stay in use while the provider is down, which is looked at again soon."""
    assert documents.has("one")
    documents.down = True
    documents.now_s += AGE_MAX_S + 1
    assert documents.has("one")
    documents.down = False
    documents.now_s += RETRY_INTERVAL_S
    assert documents.has("one")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_provider_that_was_never_reached_lets_nobody_in(documents: Documents) -> None:
    """Without any keys no token is good."""
    documents.down = True
    with pytest.raises(ProviderUnreachableError):
        documents.has("one")


def test_algorithm_must_be_that_of_the_key(documents: Documents) -> None:
    """A key is known under the algorithm of its type alone."""
    documents.keys.append(public_ec_jwk("elliptic"))

    found = {
        (key, alg) for key in ("one", "elliptic") for alg in ("RS256", "ES256", "HS256") if documents.has(key, alg)
    }
    assert found == {("one", "RS256"), ("elliptic", "ES256")}


def test_keys_that_do_not_sign_are_left_out() -> None:
    """Encryption keys, other algorithms, symmetric keys, keys without id and broken ones are not used."""
    odd = [
        public_jwk("encryption", use="enc"),
        public_jwk("other", alg="RS512"),
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        public_jwk("nameless", kid=None),
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        "text",
    ]
    assert list(usable_keys({"keys": [*odd, public_jwk("good")]})) == [("good", "RS256")]


def fetched(url: str) -> dict[str, Any]:
    """The document at that URL."""
    return asyncio.run(fetch_json(url))


def test_document_is_fetched_over_loopback(issuer: Issuer) -> None:
    """A JSON object on this machine is had."""
    assert fetched(issuer.discovery_url)["issuer"] == issuer.issuer


@pytest.mark.parametrize(
    "body",
    [None, b"not json", b"[]", b"[" * 100_000, b'{"x": "' + b"x" * 300_000 + b'"}'],
    ids=["404", "no JSON", "no object", "deep", "large"],
)
def test_what_is_no_document_is_an_error(issuer: Issuer, body: bytes | None) -> None:
    """Anything but a JSON object of bounded size is refused."""
    issuer.documents["/pool/odd"] = body

    with pytest.raises(FetchError):
        fetched(f"{issuer.url}/odd")


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/x",
        "file:///etc/passwd",
        "http://user@127.0.0.1/x",
        "http://127.0.0.1.evil.example/",
        "//x",
    ],
)
def test_other_addresses_are_not_asked(url: str) -> None:
    """Only https, or http on this machine, is asked."""
    with pytest.raises(FetchError, match="only https"):
        fetched(url)


def test_nobody_there_is_an_error() -> None:
    """A refused connection is an error of the fetch, not of the emulator."""
    with pytest.raises(FetchError):
        fetched("http://127.0.0.1:1/x")


def test_dripping_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that sends byte by byte does not hold a fetch for ever."""
    monkeypatch.setattr(fetch, "TIMEOUT_S", 0.2)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_drip, args=(server, stop))
        thread.start()
        try:
            with pytest.raises(FetchError):
                fetched(f"http://127.0.0.1:{server.getsockname()[1]}/x")
        finally:
            stop.set()
            thread.join()


def _drip(server: socket.socket, stop: threading.Event) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + json.dumps({}).encode())
        while not stop.wait(0.02):
            try:
                connection.sendall(b" ")
            except OSError:
                return
