"""Who is calling: Cognito access tokens, checked against the pool's keys, before any route is reached."""

import logging
from dataclasses import dataclass

import jwt
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from agentcore_backend.errors import ApiError, Unauthorized
from agentcore_backend.jwks import KeySet, UnknownKeyError

ALGORITHM = "RS256"
ACCESS = "access"
TOKEN_LENGTH_MAX = 8192
REQUIRED_CLAIMS = ["exp", "iat", "iss", "sub", "token_use", "client_id"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Principal:
    """A caller whose token was good."""

    user_id: str
    """The token's ``sub``: unlike the user name it is never given to somebody else."""


class TokenVerifier:
    """Tells good access tokens of one user pool and one client from all others."""

    def __init__(self, keys: KeySet, issuer: str, client_id: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id

    async def verify(self, token: str) -> Principal:
        """Return whom the token stands for.

        Raises ``Unauthorized`` when the token is not good, ``KeysUnavailable`` when that cannot be found out.

        Source: Amazon Cognito developer guide, verifying JSON web tokens, read 2026-11-20 - documented
        """
        try:
            key = await self._keys.key(_key_id(token))
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                # an access token names its client in client_id; an audience is there only for resource servers
                options={"require": REQUIRED_CLAIMS, "verify_aud": False},
            )
        except (jwt.PyJWTError, UnknownKeyError) as error:
            logger.info("token refused: %s", type(error).__name__)
            raise Unauthorized("the access token is not valid") from error
        expected = (ACCESS, self._client_id)
        if (claims["token_use"], claims["client_id"]) != expected or not claims["sub"]:
            logger.info("token refused: not an access token of this client")
            raise Unauthorized("the access token is not valid")
        return Principal(user_id=claims["sub"])


def _key_id(token: str) -> str:
    if len(token) > TOKEN_LENGTH_MAX:
        raise jwt.InvalidTokenError("too long")
    header = jwt.get_unverified_header(token)
    if header.get("alg") != ALGORITHM:
        raise jwt.InvalidAlgorithmError("not " + ALGORITHM)
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise jwt.InvalidTokenError("no key id")
    return key_id


class RequireToken:
    """Lets nobody without a good token pass, except to the public paths.

    It stands before the router, so a route that somebody adds is protected from the start, and a refused caller's
    body is never read. Plain ASGI: nothing is added between a stream and its reader.
    """

    def __init__(self, app: ASGIApp, verifier: TokenVerifier, public_paths: frozenset[str]) -> None:
        self._app = app
        self._verifier = verifier
        self._public_paths = public_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] in self._public_paths):
            await self._app(scope, receive, send)
            return
        try:
            principal = await self._verifier.verify(_bearer_token(Headers(scope=scope)))
        except ApiError as error:
            response = JSONResponse(error.body(), error.status, error.headers)
            await response(scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)


def _bearer_token(headers: Headers) -> str:
    values = headers.getlist("authorization")
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("an access token is required: Authorization: Bearer <token>")
    return token.strip()


def principal_of(connection: HTTPConnection) -> Principal:
    """Return the caller of a request that ``RequireToken`` let pass."""
    principal: Principal = connection.state.principal
    return principal
