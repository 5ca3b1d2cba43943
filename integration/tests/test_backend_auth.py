"""Which tokens the backend takes, and that nobody passes without one."""

import asyncio
from typing import Any

import jwt
import pytest
import token_maker
from starlette.types import Message, Receive, Scope, Send

from agentcore_backend.auth import Principal, RequireToken, TokenVerifier
from agentcore_backend.errors import KeysUnavailable, Unauthorized
from agentcore_backend.jwks import UnknownKeyError
from agentcore_integration.aws import forged_tokens

POOL_KEY = token_maker.key("pool-key")


class FixedKeys:
    """Keys that need no fetching."""

    async def key(self, key_id: str) -> jwt.PyJWK:
        if key_id == "unreachable":
            raise KeysUnavailable("down")
        if key_id != POOL_KEY.key_id:
            raise UnknownKeyError(key_id)
        return jwt.PyJWK.from_dict(POOL_KEY.public_jwk())


VERIFIER = TokenVerifier(FixedKeys(), token_maker.ISSUER, token_maker.CLIENT_ID)  # type: ignore[arg-type]  # a double


def test_good_token() -> None:
    """A good access token stands for the user of its ``sub``."""
    assert Principal(token_maker.USER_ID) == asyncio.run(VERIFIER.verify(token_maker.token(POOL_KEY)))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://cognito-idp.ap-southeast-2.amazonaws.com/ap-southeast-2_Other"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 32503680000},
        {"iat": 32503680000},
        {"iat": None},
        {"token_use": "id"},
        {"token_use": None},
        {"token_use": ["access"]},
        {"client_id": "another-client"},
        {"client_id": None},
        {"client_id": None, "aud": token_maker.CLIENT_ID},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
    ids=str,
)
def test_wrong_claims(changes: dict[str, Any]) -> None:
    """A token with a good signature and one wrong claim is refused."""
    with pytest.raises(Unauthorized):
        asyncio.run(VERIFIER.verify(token_maker.token(POOL_KEY, **changes)))


@pytest.mark.parametrize("headers", [{}, {"kid": "pool-key-2"}, {"kid": ["pool-key"]}, {"kid": "../pool-key"}], ids=str)
def test_wrong_key_id(headers: dict[str, Any]) -> None:
    """A token whose key id is missing, unknown or no text is refused."""
    good = token_maker.token(POOL_KEY)
    head = jwt.utils.base64url_encode(jwt.utils.force_bytes(_json({"alg": "RS256", **headers}))).decode()
    with pytest.raises(Unauthorized):
        asyncio.run(VERIFIER.verify(f"{head}.{good.partition('.')[2]}"))


def _json(value: object) -> str:
    import json

    return json.dumps(value)


def _forgeries() -> dict[str, str]:
    good = token_maker.token(POOL_KEY)
    stranger = token_maker.Key(POOL_KEY.key_id, token_maker.key("stranger").private)
    return {
        "empty": "",
        "garbage": "garbage",
        "two parts": good.rpartition(".")[0],
        "no signature": good.rpartition(".")[0] + ".",
        "changed claims": forged_tokens.with_claims_changed(good),
        "strange key": token_maker.token(stranger),
        "none": forged_tokens.unsigned(good),
        "HS256 with the public key": forged_tokens.signed_with_public_key(good, {"keys": [POOL_KEY.public_jwk()]}),
        "RS512": jwt.encode(token_maker.claims(), POOL_KEY.private, "RS512", {"kid": POOL_KEY.key_id}),
        "too long": good + "A" * 9000,
        "not ASCII": "é" + good,
    }


@pytest.mark.parametrize("name", list(_forgeries()))
def test_forged(name: str) -> None:
    """A token that the pool did not sign with RS256 is refused, and the reason is not told."""
    with pytest.raises(Unauthorized, match=r"^the access token is not valid$"):
        asyncio.run(VERIFIER.verify(_forgeries()[name]))


def call(path: str, *authorizations: str, kind: str = "http") -> tuple[list[Message], list[Scope]]:
    """Send one request through the guard; return what it answered and what it let pass."""
    sent: list[Message] = []
    passed: list[Scope] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope)

    async def receive() -> Message:
        raise AssertionError("the body of a refused request is not read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", value.encode("latin-1")) for value in authorizations]
    scope = {"type": kind, "path": path, "method": "POST", "headers": headers}
    asyncio.run(RequireToken(inner, VERIFIER, frozenset({"/health"}))(scope, receive, send))
    return sent, passed


def test_good_token_passes() -> None:
    """With a good token the request goes on, and knows who is calling."""
    _, passed = call("/api/chats", f"bearer {token_maker.token(POOL_KEY)}")
    assert [Principal(token_maker.USER_ID)] == [scope["state"]["principal"] for scope in passed]


@pytest.mark.parametrize(
    "authorizations",
    [[], [""], ["Bearer"], ["Bearer "], ["Basic YWxpY2U6c2VjcmV0"], ["Bearer garbage"], ["Bearer a", "Bearer b"]],
    ids=str,
)
def test_refused(authorizations: list[str]) -> None:
    """Anything but one good bearer token is answered 401 with a challenge, and reaches no route."""
    sent, passed = call("/api/anything", *authorizations)
    assert passed == []
    assert sent[0]["status"] == 401
    assert (b"www-authenticate", b"Bearer") in sent[0]["headers"]


def test_keys_unavailable() -> None:
    """When tokens cannot be checked, the answer is 503, not 401: the caller's token may be good."""
    token = token_maker.token(POOL_KEY, headers={"kid": "unreachable"})
    sent, passed = call("/api/chats", f"Bearer {token}")
    assert (passed, sent[0]["status"]) == ([], 503)


def test_public_path() -> None:
    """The health route needs no token; a path that merely begins like it does."""
    assert len(call("/health")[1]) == 1
    assert call("/health/../api/chats")[1] == []
