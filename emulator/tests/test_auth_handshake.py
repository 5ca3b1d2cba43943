"""WebSocket handshakes: the four ways in which a client may prove who it is before the upgrade."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from emulator_calls import script
from signed_requests import KEY_ID, SECRET, presigned, signed
from token_issuer import CLIENT, Issuer, base64url

from agentcore_emulator.arn import DEFAULT_QUALIFIER
from agentcore_emulator.auth.authorizer_config import AuthorizerConfig
from agentcore_emulator.auth.bearer import SUBPROTOCOL
from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.auth.sigv4_request import WireRequest
from agentcore_emulator.auth.sigv4_verify import AccessKey
from agentcore_emulator.core import Core
from agentcore_emulator.errors import ServiceError, UnauthorizedException
from agentcore_emulator.settings import Settings

WITH_TOKEN = SUBPROTOCOL + b"."
PLAIN = WireRequest("GET", b"/runtimes/x/ws", b"", [(b"host", b"127.0.0.1:4599")])


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The identity provider."""
    with Issuer() as serving:
        yield serving


@pytest.fixture
def core(issuer: Issuer) -> Core:
    """A strict emulator that is not served: `signed` takes signatures, `token` takes tokens."""
    authorizer = AuthorizerConfig.read({"discoveryUrl": issuer.discovery_url, "allowedClients": [CLIENT]})
    auth = AuthSettings(AuthMode.STRICT, {KEY_ID: AccessKey(SECRET)}, {"token": authorizer})
    return Core(Settings(scenarios=(script("signed", 0), script("token", 0)), auth=auth))


def shake(core: Core, runtime: str, request: WireRequest) -> bytes | None:
    """The subprotocol that is selected for this handshake."""
    found = next(known for known in core.registry.all() if known.name == runtime)
    deployment = core.registry.resolve(str(found.arn), None, DEFAULT_QUALIFIER)
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "raw_path": request.raw_path,
        "query_string": request.query,
        "headers": list(request.headers),
    }
    return asyncio.run(core.authorization.check(scope, deployment)).subprotocol


def with_headers(*headers: tuple[bytes, bytes]) -> WireRequest:
    """A plain handshake with these headers."""
    return WireRequest("GET", PLAIN.raw_path, b"", [*PLAIN.headers, *headers])


def test_signed_handshakes_pass(core: Core) -> None:
    """Signature in headers and presigned URL both pass, and select nothing."""
    now = datetime.now(UTC)
    for request in (signed("/runtimes/x/ws", "GET", moment=now), presigned("/runtimes/x/ws?a=b", moment=now)):
        assert shake(core, "signed", request) is None


def test_tokens_pass_as_header_and_as_subprotocol(core: Core, issuer: Issuer) -> None:
    """A browser cannot set headers: its token comes as a subprotocol, and the sentinel beside it is selected."""
    token = issuer.token()
    carried = b"%s%s, %s" % (WITH_TOKEN, base64url(token.encode()).encode(), SUBPROTOCOL)

    assert shake(core, "token", with_headers((b"authorization", f"Bearer {token}".encode()))) is None
    assert shake(core, "token", with_headers((b"sec-websocket-protocol", carried))) == SUBPROTOCOL


@pytest.mark.parametrize(
    "carried",
    [
        WITH_TOKEN,
        WITH_TOKEN + b"a.b.c",
        WITH_TOKEN + b"=",
        WITH_TOKEN + b"A",
        WITH_TOKEN + b"\xff\xfe",
        SUBPROTOCOL,
        WITH_TOKEN + base64url(b"a.b.c").encode() + b", " + SUBPROTOCOL,
        b", ,",
    ],
)
def test_odd_subprotocols_let_nobody_in(core: Core, carried: bytes) -> None:
    """What is no token in base64url is 401 before the upgrade."""
    with pytest.raises(UnauthorizedException):
        shake(core, "token", with_headers((b"sec-websocket-protocol", carried)))


def test_two_authorizations_let_nobody_in(core: Core, issuer: Issuer) -> None:
    """A token as header and one as subprotocol are refused, good as they are, and so is a token beside a signature."""
    token = issuer.token().encode()
    carried = (b"sec-websocket-protocol", WITH_TOKEN + base64url(token).encode() + b"," + SUBPROTOCOL)
    both = with_headers((b"authorization", b"Bearer " + token), carried)
    mixed = signed("/runtimes/x/ws", "GET", moment=datetime.now(UTC))
    beside = WireRequest("GET", mixed.raw_path, b"", [*mixed.headers, carried])

    for runtime, request in (("token", both), ("token", beside), ("signed", beside), ("signed", PLAIN)):
        with pytest.raises(ServiceError):
            shake(core, runtime, request)
