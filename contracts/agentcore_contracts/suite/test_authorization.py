"""Who is let in: signatures where signatures are asked for, tokens where tokens are."""

import re
from urllib.parse import urlsplit

import pytest

from agentcore_contracts.data_plane import DataPlane
from agentcore_contracts.http_client import Exchange
from agentcore_contracts.suite import asking, authorizing
from agentcore_contracts.target import Target
from agentcore_contracts.verify import verify, verify_error, verify_status


@pytest.mark.requirement("A18")
def test_without_authorization(target: Target) -> None:
    """A18: Without authorization a token runtime answers 401 and says where to get one, another 403 and no more."""
    asking.needs(target, "sigv4")
    oauth = authorizing.OAuth.of(target)

    unsigned = authorizing.invoke_with(target, asking.runtime(target), None)
    verify_error(unsigned, 403, "AccessDeniedException")
    verify(
        unsigned.header("WWW-Authenticate") is None,
        expected="no WWW-Authenticate from a runtime that takes signatures",
        actual=str(unsigned.header("WWW-Authenticate")),
        evidence=unsigned.describe(),
    )

    with authorizing.runtime_with_tokens(target, oauth) as arn:
        refused = authorizing.invoke_with(target, arn, None)
        verify_error(refused, 401, "UnauthorizedException")
        challenge = refused.header("WWW-Authenticate") or ""
        found = re.search(r'^Bearer .*resource_metadata="([^"]+)"', challenge)
        verify(
            found is not None,
            expected='WWW-Authenticate: Bearer resource_metadata="…"',
            actual=repr(challenge),
            evidence=refused.describe(),
        )
        parts = urlsplit(found[1] if found else "")
        verify_status(authorizing.get(target, f"{parts.path}?{parts.query}"), 200)


@pytest.mark.requirement("A19")
def test_signature_where_a_token_is_asked_for(target: Target) -> None:
    """A19: A signed call to a token runtime, invoking or stopping, gets 403 AccessDeniedException: method mismatch."""
    oauth = authorizing.OAuth.of(target)
    with authorizing.runtime_with_tokens(target, oauth) as arn:
        invoked = authorizing.invoke_signed(target, arn)
        stopped = DataPlane(target).stop(arn, asking.new_session_id())

        verify_error(invoked, 403, "AccessDeniedException", authorizing.METHOD_MISMATCH)
        verify_error(stopped, 403, "AccessDeniedException", authorizing.METHOD_MISMATCH)


@pytest.mark.requirement("A20")
def test_token_of_another_client(target: Target) -> None:
    """A20: A token of a client that is not allowed gets 401 naming client_id; that of an allowed one is let in."""
    oauth = authorizing.OAuth.of(target)
    with authorizing.runtime_with_tokens(target, oauth) as arn:
        verify_status(authorizing.invoke_with(target, arn, oauth.token), 200)

        refused = authorizing.invoke_with(target, arn, oauth.other_client_token)
        mismatch = "Claim 'client_id' value mismatch with configuration"
        verify_error(refused, 401, "UnauthorizedException", mismatch)


@pytest.mark.requirement("A23")
def test_presigned_url_expires(target: Target) -> None:
    """A23: A presigned WebSocket URL is refused with 403 when X-Amz-Expires seconds have passed, and not before."""
    asking.needs(target, "sigv4")
    arn = asking.runtime(target)

    with Exchange(authorizing.handshake(target, arn, authorizing.EXPIRES_S + 2)) as late:
        verify_error(late.finish(), 403, "AccessDeniedException")

    with Exchange(authorizing.handshake(target, arn, 0)) as early:
        verify(
            early.status not in (401, 403),
            expected="a handshake that is not refused for its authorization",
            actual=f"HTTP {early.status}",
        )
