"""Forged, expired, replayed, truncated and re-encoded signatures and tokens: none gets in, none upsets the emulator."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from emulator_calls import admin, call, script
from signature_forgeries import AUTHORIZATION, HEADER_FORGERIES, PRESIGNED_FORGERIES, Forge
from signed_requests import KEY_ID, SECRET, presigned, send, signed, with_header
from token_forgeries import TOKEN_FORGERIES
from token_issuer import AUDIENCE, CLIENT, Issuer

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig
from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.auth.sigv4_request import WireRequest
from agentcore_emulator.auth.sigv4_verify import AccessKey
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The identity provider."""
    with Issuer() as serving:
        yield serving


@pytest.fixture(scope="module")
def emulator(issuer: Issuer) -> Iterator[Emulator]:
    """A strict emulator: `signed` takes signatures, `token` takes tokens."""
    demands = {"allowedClients": [CLIENT], "allowedAudience": [AUDIENCE], "allowedScopes": ["travel/read"]}
    authorizer = AuthorizerConfig.read({"discoveryUrl": issuer.discovery_url, **demands})
    keys = {KEY_ID: AccessKey(SECRET), "ASIAEXAMPLE": AccessKey(SECRET, "token")}
    auth = AuthSettings(AuthMode.STRICT, keys, {"token": authorizer})
    with Emulator(Settings(scenarios=(script("signed", 0), script("token", 0)), auth=auth)) as serving:
        yield serving


@pytest.fixture(autouse=True)
def _quiet(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """After each test: nothing was let in, nothing was logged as a failure of the emulator, it answers."""
    caplog.set_level(logging.INFO)
    admin(emulator.port, "reset", {})
    yield
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []
    assert admin(emulator.port, "health")["sessions"] == 0


def path(emulator: Emulator, runtime: str = "signed") -> str:
    """The raw path that invokes a runtime."""
    return f"/runtimes/{quote(str(emulator.runtime(runtime).arn), safe='')}/invocations"


LATE = timedelta(seconds=301)


def host_of(emulator: Emulator) -> str:
    """The host that is signed."""
    return f"127.0.0.1:{emulator.port}"


@pytest.mark.parametrize("forge", HEADER_FORGERIES.values(), ids=HEADER_FORGERIES)
def test_forged_signature_is_refused(emulator: Emulator, forge: Forge) -> None:
    """The genuine request passes, the forged one gets 403."""
    target = f"{path(emulator)}?qualifier=DEFAULT"
    genuine = signed(target, moment=datetime.now(UTC), host=host_of(emulator))
    assert send(emulator.port, genuine).status == 200
    admin(emulator.port, "reset", {})

    assert send(emulator.port, forge(genuine)).error in {(403, "AccessDeniedException"), (400, "ValidationException")}


@pytest.mark.parametrize("forge", PRESIGNED_FORGERIES.values(), ids=PRESIGNED_FORGERIES)
def test_forged_presigned_url_is_refused(emulator: Emulator, forge: Forge) -> None:
    """The genuine URL passes, the forged one gets 403."""
    genuine = presigned(path(emulator), "POST", 100, moment=datetime.now(UTC), host=host_of(emulator))
    assert send(emulator.port, genuine).status == 200
    admin(emulator.port, "reset", {})

    assert send(emulator.port, forge(genuine)).error == (403, "AccessDeniedException")


@pytest.mark.parametrize("offset", [LATE, -LATE, timedelta(days=365), timedelta(days=-365)])
def test_signature_of_another_time_is_refused(emulator: Emulator, offset: timedelta) -> None:
    """A signature that is more than five minutes old, or to come, is refused, and so is a URL past its time."""
    moment = datetime.now(UTC) + offset
    for request in (
        signed(path(emulator), moment=moment, host=host_of(emulator)),
        presigned(path(emulator), "POST", 300, moment=moment, host=host_of(emulator)),
    ):
        assert send(emulator.port, request).error == (403, "AccessDeniedException")


def test_signature_of_another_request_is_refused(emulator: Emulator) -> None:
    """A signature for stopping does not invoke, one for another payload does not carry this one."""
    stop = signed(path(emulator).replace("invocations", "stopruntimesession"), moment=datetime.now(UTC))
    invoke = WireRequest("POST", path(emulator).encode(), b"", stop.headers)
    assert send(emulator.port, invoke).status == 403

    other = signed(path(emulator), body=b"{}", moment=datetime.now(UTC), host=host_of(emulator))
    assert send(emulator.port, other, b'{"prompt": "other"}').status == 403


@pytest.mark.parametrize("forge", TOKEN_FORGERIES.values(), ids=TOKEN_FORGERIES)
def test_forged_token_is_refused(emulator: Emulator, issuer: Issuer, forge: Callable[[Issuer], str]) -> None:
    """A forged token gets 401 with the challenge, whatever is wrong with it."""
    answer = call(emulator.port, "POST", path(emulator, "token"), b"{}", {"Authorization": f"Bearer {forge(issuer)}"})

    assert answer.error == (401, "UnauthorizedException")
    assert answer.headers["www-authenticate"].startswith("Bearer resource_metadata=")


@pytest.mark.parametrize(
    "values",
    [
        (b"Bearer \xe9\xe8.\xff.\x80",),
        ("Bearer \uff41.\uff42.\uff43".encode(),),
        (b"Bearer",),
        (b"bearer ",),
        (b"Bearer GOOD", b"Bearer GOOD"),
        (b"Bearer GOOD", b"Bearer a.b.c"),
        (b"Bearer GOOD GOOD",),
        (b"Bearer GOOD,GOOD",),
        (b"Token GOOD",),
        (b"Bearer GOOD", b"Basic dXNlcjpwYXNz"),
        (b"GOOD",),
    ],
)
def test_odd_authorization_headers_are_refused(emulator: Emulator, issuer: Issuer, values: tuple[bytes, ...]) -> None:
    """Text that is not ASCII, duplicated headers and two authorizations let nobody in, also with a good token."""
    good = issuer.token().encode()
    request = WireRequest("POST", path(emulator, "token").encode(), b"", [(b"host", host_of(emulator).encode())])
    headers = tuple(value.replace(b"GOOD", good) for value in values)

    assert send(emulator.port, with_header(request, AUTHORIZATION, *headers)).status in {401, 403}


def test_good_token_passes(emulator: Emulator, issuer: Issuer) -> None:
    """What all forgeries here begin from does get in."""
    headers = {"Authorization": f"bearer {issuer.token()}"}

    assert call(emulator.port, "POST", path(emulator, "token"), b"{}", headers).status == 200
    admin(emulator.port, "reset", {})


def test_made_up_keys_do_not_make_the_emulator_ask_each_time(emulator: Emulator, issuer: Issuer) -> None:
    """Tokens with unknown keys cause at most one look at the provider in ten seconds."""
    before = len(issuer.asked)
    for number in range(20):
        headers = {"Authorization": f"Bearer {issuer.token('one', {'kid': f'made-up-{number}'})}"}
        assert call(emulator.port, "POST", path(emulator, "token"), b"{}", headers).status == 401

    assert len(issuer.asked) - before <= 4
