"""Ways to tamper with a signed request: each takes a genuine one and gives back what must be refused."""

from collections.abc import Callable

from signed_requests import KEY_ID, with_header

from agentcore_emulator.auth.sigv4_request import WireRequest

Forge = Callable[[WireRequest], WireRequest]


def edit(name: bytes, old: bytes, new: bytes) -> Forge:
    """A change of the text of one header."""

    def forge(request: WireRequest) -> WireRequest:
        value = request.values(name)[0]
        assert old in value
        return with_header(request, name, value.replace(old, new, 1))

    return forge


def edit_query(old: bytes, new: bytes) -> Forge:
    """A change of the text of the query."""

    def forge(request: WireRequest) -> WireRequest:
        assert old in request.query
        return WireRequest(request.method, request.raw_path, request.query.replace(old, new, 1), request.headers)

    return forge


def edit_path(old: bytes, new: bytes) -> Forge:
    """A change of the path."""

    def forge(request: WireRequest) -> WireRequest:
        assert old in request.raw_path
        return WireRequest(request.method, request.raw_path.replace(old, new, 1), request.query, request.headers)

    return forge


def twice(name: bytes) -> Forge:
    """One header two times."""
    return lambda request: with_header(request, name, *(2 * request.values(name)))


AUTHORIZATION = b"authorization"
HEADER_FORGERIES: dict[str, Forge] = {
    "no header": lambda request: with_header(request, AUTHORIZATION),
    "empty header": lambda request: with_header(request, AUTHORIZATION, b""),
    "algorithm alone": lambda request: with_header(request, AUTHORIZATION, b"AWS4-HMAC-SHA256"),
    "basic": lambda request: with_header(request, AUTHORIZATION, b"Basic dXNlcjpwYXNz"),
    "version 2": edit(AUTHORIZATION, b"AWS4-HMAC-SHA256", b"AWS2-HMAC-SHA256"),
    "version 4a": edit(AUTHORIZATION, b"AWS4-HMAC-SHA256", b"AWS4-ECDSA-P256-SHA256"),
    "algorithm in lower case": edit(AUTHORIZATION, b"AWS4-HMAC", b"aws4-hmac"),
    "header two times": twice(AUTHORIZATION),
    "signature and token": lambda request: with_header(
        request, AUTHORIZATION, *request.values(AUTHORIZATION), b"Bearer a.b.c"
    ),
    "signature truncated": lambda request: with_header(request, AUTHORIZATION, request.values(AUTHORIZATION)[0][:-1]),
    "signature longer": lambda request: with_header(request, AUTHORIZATION, request.values(AUTHORIZATION)[0] + b"0"),
    "signature of zeros": lambda request: with_header(
        request, AUTHORIZATION, request.values(AUTHORIZATION)[0][:-64] + b"0" * 64
    ),
    "signature in upper case": lambda request: with_header(
        request, AUTHORIZATION, request.values(AUTHORIZATION)[0][:-64] + request.values(AUTHORIZATION)[0][-64:].upper()
    ),
    "signature not ASCII": lambda request: with_header(
        request, AUTHORIZATION, request.values(AUTHORIZATION)[0][:-2] + "é".encode()
    ),
    "signature named twice": lambda request: with_header(
        request, AUTHORIZATION, request.values(AUTHORIZATION)[0] + b", Signature=" + b"0" * 64
    ),
    "no signature": edit(AUTHORIZATION, b"Signature=", b"Nothing="),
    "another parameter": edit(AUTHORIZATION, b", Signature=", b", Extra=1, Signature="),
    "unknown key": edit(AUTHORIZATION, KEY_ID.encode(), b"AKIDUNKNOWN"),
    "key with a session token": edit(AUTHORIZATION, KEY_ID.encode(), b"ASIAEXAMPLE"),
    "another region": edit(AUTHORIZATION, b"/ap-southeast-2/", b"/us-east-1/"),
    "another service": edit(AUTHORIZATION, b"/bedrock-agentcore/", b"/sts/"),
    "another terminator": edit(AUTHORIZATION, b"aws4_request", b"aws5_request"),
    "scope too short": edit(AUTHORIZATION, b"/ap-southeast-2/", b"/"),
    "host not signed": edit(AUTHORIZATION, b"host;", b""),
    "signed headers empty": edit(AUTHORIZATION, b"host;x-amz-date", b""),
    "signed headers out of order": edit(AUTHORIZATION, b"host;x-amz-date", b"x-amz-date;host"),
    "signed header not there": edit(AUTHORIZATION, b"host;x-amz-date", b"host;x-amz-date;x-nothing"),
    "signed headers in upper case": edit(AUTHORIZATION, b"host;x-amz-date", b"Host;X-Amz-Date"),
    "date two times": twice(b"x-amz-date"),
    "no date": lambda request: with_header(request, b"x-amz-date"),
    "date is no date": lambda request: with_header(request, b"x-amz-date", b"20261399T999999Z"),
    "date is text": lambda request: with_header(request, b"x-amz-date", b"now"),
    "session token added": lambda request: with_header(request, b"x-amz-security-token", b"token"),
    "hash of the payload added": lambda request: with_header(request, b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"),
    "streamed payload": lambda request: with_header(
        request, b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    ),
    "other host": lambda request: with_header(request, b"host", b"127.0.0.1:1"),
    "host two times": twice(b"host"),
    "path re-encoded": edit_path(b"%3A", b"%3a"),
    "path decoded": edit_path(b"%3A", b":"),
    "query added": edit_query(b"qualifier=DEFAULT", b"qualifier=DEFAULT&accountId=123456789012"),
}
PRESIGNED_FORGERIES: dict[str, Forge] = {
    "signature truncated": lambda request: edit_query(request.query[-4:], b"")(request),
    "signature of zeros": lambda request: edit_query(request.query[-64:], b"0" * 64)(request),
    "signature two times": lambda request: edit_query(b"X-Amz-Sig", request.query[-80:] + b"&X-Amz-Sig")(request),
    "longer life": edit_query(b"X-Amz-Expires=100", b"X-Amz-Expires=300"),
    "no life": edit_query(b"X-Amz-Expires=100", b"X-Amz-Expires=0"),
    "negative life": edit_query(b"X-Amz-Expires=100", b"X-Amz-Expires=-1"),
    "life of a week": edit_query(b"X-Amz-Expires=100", b"X-Amz-Expires=604800"),
    "life of ages": edit_query(b"X-Amz-Expires=100", b"X-Amz-Expires=" + b"9" * 5000),
    "life not a number": edit_query(b"X-Amz-Expires=100", b"X-Amz-Expires=soon"),
    "life not a whole number": edit_query(b"X-Amz-Expires=100", b"X-Amz-Expires=1e2"),
    "life in other digits": edit_query(b"X-Amz-Expires=100", b"X-Amz-Expires=%EF%BC%91%EF%BC%90"),
    "life left out": edit_query(b"X-Amz-Expires=100&", b""),
    "date moved": edit_query(b"X-Amz-Date=2", b"X-Amz-Date=3"),
    "other algorithm": edit_query(b"AWS4-HMAC-SHA256", b"AWS4-HMAC-SHA1"),
    "token added": edit_query(b"X-Amz-Date", b"X-Amz-Security-Token=token&X-Amz-Date"),
    "header beside it": lambda request: with_header(request, AUTHORIZATION, b"AWS4-HMAC-SHA256 Credential=a"),
    "bearer beside it": lambda request: with_header(request, AUTHORIZATION, b"Bearer a.b.c"),
    "name re-encoded": edit_query(b"X-Amz-Signature", b"X%2DAmz-Signature"),
}
