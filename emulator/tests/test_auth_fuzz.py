"""Whatever bytes a caller sends as authorization, the answer is yes or no, never an accident."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from token_issuer import public_jwk

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig, AuthorizerConfigError
from agentcore_emulator.auth.bearer import read_bearers
from agentcore_emulator.auth.fetch import FetchError
from agentcore_emulator.auth.jwks import Provider, usable_keys
from agentcore_emulator.auth.jwt_authorizer import check_claims
from agentcore_emulator.auth.sigv4_request import EMPTY_HASH, WireRequest
from agentcore_emulator.auth.sigv4_signature import read_signature
from agentcore_emulator.auth.sigv4_verify import check_age, check_signature, declared_hash
from agentcore_emulator.auth.timeline import Timeline
from agentcore_emulator.auth.tokens import InvalidTokenError, verified
from agentcore_emulator.clock import Clock
from agentcore_emulator.errors import AccessDeniedException

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
DIGITS = b"0" * 64
GENUINE = (
    b"AWS4-HMAC-SHA256 Credential=AKID/20261120/ap-southeast-2/bedrock-agentcore/aws4_request, "
    b"SignedHeaders=host;x-amz-date, Signature=" + DIGITS
)
STAMP = b"20261120T120000Z"
PRESIGNED = (
    b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261120%2Fap-southeast-2%2Fbedrock-agentcore%2F"
    b"aws4_request&X-Amz-Date=20261120T120000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=" + DIGITS
)
CLOCK = Clock(time.monotonic, datetime.now(UTC))
CONFIG = AuthorizerConfig(None, clients=("a",), issuer="i", jwks_url="https://issuer.example/jwks.json")


async def _keys(url: str) -> dict[str, Any]:
    return {"keys": [public_jwk("one")]}


def mutated(genuine: bytes) -> st.SearchStrategy[bytes]:
    """Any bytes, and the genuine ones with a piece replaced by any bytes."""

    def cut(at: int, length: int, piece: bytes) -> bytes:
        return genuine[:at] + piece + genuine[at + length :]

    places = st.integers(0, len(genuine))
    return st.one_of(st.binary(max_size=80), st.builds(cut, places, st.integers(0, 40), st.binary(max_size=20)))


@unhurried
@given(mutated(GENUINE), mutated(STAMP), mutated(PRESIGNED), st.booleans())
@example(GENUINE, b"99991231T235959Z", b"", False)
@example(GENUINE, b"00010101T000000Z", b"", False)
def test_signatures_of_any_bytes(authorization: bytes, stamp: bytes, query: bytes, in_header: bool) -> None:
    """Reading and verifying a signature ends, or is refused with 403."""
    headers = [(b"host", b"localhost"), (b"x-amz-date", stamp), (b"x-amz-content-sha256", authorization[:64])]
    with suppress(AccessDeniedException):
        declared_hash(WireRequest("POST", b"/", b"", headers))
    if in_header:
        request = WireRequest("POST", b"/a%3Ab", query, [*headers[:2], (b"authorization", authorization)])
    else:
        request = WireRequest("POST", b"/a%3Ab", query, headers[:2])
    with suppress(AccessDeniedException):
        signature = read_signature(request)
        check_age(signature, 0.0)
        check_signature(request, signature, "secret", EMPTY_HASH)


@unhurried
@given(st.lists(st.tuples(st.sampled_from([b"authorization", b"sec-websocket-protocol"]), st.binary(max_size=60))))
def test_bearers_of_any_bytes(headers: list[tuple[bytes, bytes]]) -> None:
    """Looking for tokens never fails."""
    assert len(read_bearers(WireRequest("GET", b"/", b"", headers), websocket=True).tokens) >= 0


@unhurried
@given(st.one_of(st.binary(max_size=200), mutated(b"eyJhbGciOiJSUzI1NiIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJpIn0.AAAA")))
def test_tokens_of_any_bytes(token: bytes) -> None:
    """No token that the provider has not signed is verified."""
    timeline = Timeline(CLOCK, time.time)

    async def ask() -> None:
        await verified(token, Provider(CONFIG, CLOCK.now, _keys), timeline)

    with pytest.raises(InvalidTokenError):
        asyncio.run(ask())


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@unhurried
@given(st.dictionaries(st.sampled_from(["client_id", "aud", "scope", "scp", "groups"]), _json))
def test_claims_of_any_form(claims: dict[str, Any]) -> None:
    """Claims of any JSON fulfil the conditions or do not."""
    content = {
        "discoveryUrl": "https://issuer.example/.well-known/openid-configuration",
        "allowedClients": ["a"],
        "allowedAudience": ["b"],
        "allowedScopes": ["c"],
    }
    with suppress(InvalidTokenError):
        check_claims(AuthorizerConfig.read(content), claims)


_members = st.sampled_from(
    ["discoveryUrl", "allowedClients", "customClaims", "issuer", "jwks_url", "customJWTAuthorizer"]
)


@unhurried
@given(st.dictionaries(_members, _json))
def test_configurations_of_any_form(content: dict[str, Any]) -> None:
    """Any JSON is an authorizer or is refused as none."""
    with suppress(AuthorizerConfigError):
        AuthorizerConfig.read(content)


_jwk = st.dictionaries(st.sampled_from(["kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"]), _json)


@unhurried
@given(st.lists(st.one_of(_json, _jwk, _jwk.map(lambda key: {**public_jwk("one"), **key})), max_size=4))
def test_key_sets_of_any_form(keys: list[Any]) -> None:
    """Any JSON is a key set, perhaps without a usable key, or is refused as none."""
    with suppress(FetchError):
        assert {algorithm for _, algorithm in usable_keys({"keys": keys})} <= {"RS256", "ES256"}
