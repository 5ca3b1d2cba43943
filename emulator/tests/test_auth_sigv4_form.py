"""The form of signatures, which is all that permissive mode looks at."""

import pytest
from signature_forgeries import AUTHORIZATION, HEADER_FORGERIES, PRESIGNED_FORGERIES, edit
from signed_requests import KEY_ID, NOW, presigned, signed, with_header

from agentcore_emulator.auth.sigv4_request import WireRequest
from agentcore_emulator.auth.sigv4_signature import read_signature
from agentcore_emulator.errors import AccessDeniedException

MALFORMED = [
    "no header",
    "empty header",
    "algorithm alone",
    "basic",
    "version 2",
    "version 4a",
    "algorithm in lower case",
    "header two times",
    "signature and token",
    "signature truncated",
    "signature longer",
    "signature not ASCII",
    "signature named twice",
    "no signature",
    "another parameter",
    "another terminator",
    "scope too short",
    "host not signed",
    "signed headers empty",
    "signed headers out of order",
    "signed header not there",
    "signed headers in upper case",
    "date two times",
    "no date",
    "date is no date",
    "date is text",
    "session token added",
]
MALFORMED_URL = [
    "signature truncated",
    "signature two times",
    "no life",
    "negative life",
    "life of a week",
    "life of ages",
    "life not a number",
    "life not a whole number",
    "life in other digits",
    "life left out",
    "other algorithm",
    "header beside it",
    "name re-encoded",
]


def reason(request: WireRequest) -> str:
    """Why the form of this signature is refused."""
    with pytest.raises(AccessDeniedException) as refused:
        read_signature(request)
    return refused.value.message


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_signature_is_told_what_is_wrong(name: str) -> None:
    """Form alone refuses it, whoever the key belongs to, and says why in a line without the signature."""
    request = signed("/runtimes/x/invocations", moment=NOW)

    message = reason(HEADER_FORGERIES[name](request))
    assert 10 < len(message) < 200
    assert read_signature(request).value not in message


@pytest.mark.parametrize("name", MALFORMED_URL)
def test_malformed_presigned_url_is_told_what_is_wrong(name: str) -> None:
    """The form of a presigned URL is looked at field by field."""
    request = presigned("/runtimes/x/ws", expires_s=100)

    assert 10 < len(reason(PRESIGNED_FORGERIES[name](request))) < 200


@pytest.mark.parametrize("expires_s", [0, -1, 301, 3600, 604_800])
def test_url_signed_for_too_long_or_for_no_time_is_refused(expires_s: int) -> None:
    """What botocore signs beyond 300 seconds, or for none, is refused though the signature is right."""
    assert "between 1 and 300" in reason(presigned("/runtimes/x/ws", expires_s=expires_s))


@pytest.mark.parametrize(("expires_s", "token"), [(1, None), (300, "token")])
def test_url_at_the_limits_is_read(expires_s: int, token: str | None) -> None:
    """One second and 300 are both within the limits."""
    signature = read_signature(presigned("/runtimes/x/ws", expires_s=expires_s, token=token))

    assert (signature.expires_s, signature.access_key, signature.stamp) == (expires_s, KEY_ID, "20261120T120000Z")


def test_date_of_the_scope_is_that_of_the_stamp() -> None:
    """Scope and time stamp must name one day."""
    request = signed("/runtimes/x/invocations", moment=NOW)

    assert "Date in Credential scope" in reason(edit(AUTHORIZATION, b"/20261120/", b"/20261121/")(request))


def test_date_header_stands_in_for_the_stamp() -> None:
    """A client may send the standard header Date instead of X-Amz-Date."""
    request = signed("/runtimes/x/invocations", headers={"Date": "any"}, moment=NOW)

    assert request.values(b"x-amz-date") == []
    assert read_signature(request).stamp == "20261120T120000Z"
    assert "RFC 9110" in reason(with_header(request, b"date", b"yesterday"))
