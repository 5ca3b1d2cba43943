"""Who may call: nobody without a good Cognito access token of the right pool and client."""

import pytest

from agentcore_contracts.http_client import send
from agentcore_contracts.verify import verify, verify_status
from agentcore_integration.aws import bootstrap, forged_tokens
from agentcore_integration.suite.judged import TIMEOUTS, JudgedBackend, User, api_request, routes_of


@pytest.mark.requirement("I1")
def test_no_token(backend: JudgedBackend) -> None:
    """I1: Without a bearer token every route of the API answers 401 and says that it wants one."""
    for authorization in (None, "Bearer", "Basic YWxpY2U6c2VjcmV0"):
        verify_refused(backend, authorization)


@pytest.mark.requirement("I2")
def test_forged_token(backend: JudgedBackend, alice: User) -> None:
    """I2: A token that the pool did not sign is refused: garbage, changed claims, strange key, none, HS256."""
    token = alice.tokens.access_token
    forged = [
        "garbage",
        forged_tokens.with_claims_changed(token),
        forged_tokens.signed_by_a_stranger(token),
        forged_tokens.unsigned(token),
        forged_tokens.signed_with_public_key(token, backend.jwks()),
    ]
    for forgery in forged:
        verify_refused(backend, f"Bearer {forgery}")


@pytest.mark.requirement("I3")
def test_expired_token(backend: JudgedBackend, alice: User) -> None:
    """I3: An access token is refused when its time is over."""
    token = forged_tokens.expired(alice.tokens.access_token)
    if token is None:
        pytest.skip("this moto keeps its signing key elsewhere, so no expired token can be made")
    verify_refused(backend, f"Bearer {token}")


@pytest.mark.requirement("I4")
def test_id_token(backend: JudgedBackend, alice: User) -> None:
    """I4: An id token is no access token and is refused."""
    verify_refused(backend, f"Bearer {alice.tokens.id_token}")


@pytest.mark.requirement("I5")
def test_token_of_another_client(backend: JudgedBackend) -> None:
    """I5: An access token that another client of the same pool got is refused."""
    pool = backend.pool
    other = bootstrap.create_client(pool.endpoint_url, pool.region, pool.user_pool_id, "another-app")
    credentials = bootstrap.Credentials.invent("carol")
    bootstrap.sign_up(pool, credentials)
    verify_refused(backend, f"Bearer {bootstrap.sign_in(pool, credentials, other).access_token}")


@pytest.mark.requirement("I6")
def test_token_of_another_issuer(backend: JudgedBackend, alice: User) -> None:
    """I6: A token with another issuer is refused, even when the signature is good."""
    issuer = f"{backend.pool.issuer}-of-somebody-else"
    token = forged_tokens.re_signed_by_the_pool(alice.tokens.access_token, iss=issuer)
    if token is None:
        pytest.skip("this moto keeps its signing key elsewhere, so no token of another issuer can be made")
    verify_refused(backend, f"Bearer {token}")


def verify_refused(backend: JudgedBackend, authorization: str | None) -> None:
    """Every route answers 401 with ``WWW-Authenticate`` to this header."""
    for method, path, body in routes_of("chat-00000000-0000-4000-8000-000000000000"):
        answer = send(api_request(backend.base_url, method, path, authorization, body), TIMEOUTS)
        verify_status(answer, 401)
        challenge = answer.header("WWW-Authenticate") or ""
        verify(
            challenge.lower().startswith("bearer"),
            expected="header WWW-Authenticate: Bearer",
            actual=f"WWW-Authenticate: {challenge!r}",
            evidence=answer.describe(),
        )
