"""What botocore signs verifies, and nothing that differs from it in a signed byte."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signed_requests import KEY_ID, NOW, REGION, SECRET, presigned, signed, with_header

from agentcore_emulator.auth.sigv4_request import EMPTY_HASH, WireRequest
from agentcore_emulator.auth.sigv4_signature import read_signature
from agentcore_emulator.auth.sigv4_verify import AccessKey, check_age, check_signature, known_key
from agentcore_emulator.errors import AccessDeniedException

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYS = {KEY_ID: AccessKey(SECRET)}
ARN = quote("arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/travel-cjgUrCDc7f", safe="")
PATH = f"/runtimes/{ARN}/invocations"

_text = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs"]), max_size=12)
_segment = st.builds(lambda text: quote(text, safe=""), _text)
paths = st.builds(lambda segments: "/" + "/".join(segments), st.lists(_segment, max_size=5))
queries = st.builds(
    lambda pairs: "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs),
    st.lists(st.tuples(_text.filter(bool), _text), max_size=4),
)
_header_name = st.sampled_from(
    ["content-type", "accept", "mcp-session-id", "x-amzn-bedrock-agentcore-runtime-session-id"]
)
_header_value = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20).map(str.strip)
header_maps = st.dictionaries(_header_name, _header_value.filter(bool), max_size=4)


def verify(request: WireRequest, payload_hash: str) -> None:
    """The whole of strict verification, at the moment of signing."""
    signature = read_signature(request)
    check_age(signature, 0.0)
    check_signature(request, signature, known_key(signature, KEYS, REGION).secret, payload_hash)


def refused(request: WireRequest, payload_hash: str) -> bool:
    """Whether verification ends with 403."""
    try:
        verify(request, payload_hash)
    except AccessDeniedException:
        return True
    return False


@unhurried
@given(paths, queries, header_maps, st.binary(max_size=64))
def test_what_botocore_signs_verifies(path: str, query: str, headers: dict[str, str], body: bytes) -> None:
    """Any path, query, headers and body that botocore signs are accepted."""
    request = signed(f"{path}?{query}" if query else path, headers=headers, body=body)

    verify(request, sha256(body).hexdigest())


@unhurried
@given(paths, queries, st.integers(1, 300), st.one_of(st.none(), st.just("IQoJb3JpZ2luX2VjEXAMPLE//+=")))
def test_what_botocore_presigns_verifies(path: str, query: str, expires_s: int, token: str | None) -> None:
    """Any URL that botocore presigns is accepted, with a session token and without."""
    request = presigned(f"{path}?{query}" if query else path, expires_s=expires_s, token=token)

    signature = read_signature(request)
    check_signature(request, signature, SECRET, EMPTY_HASH)
    assert signature.expires_s == expires_s
    assert signature.session_token == (None if token is None else token.encode())


@unhurried
@given(st.data(), queries, header_maps, st.binary(max_size=64))
def test_any_changed_byte_is_refused(data: st.DataObject, query: str, headers: dict[str, str], body: bytes) -> None:
    """One byte changed in path, query, a signed header or the body, and the signature is another's."""
    request = signed(f"{PATH}?{query}", headers=headers, body=body)
    payload_hash = sha256(body).hexdigest()
    part = data.draw(st.sampled_from(["path", "query", "body", "method", *read_signature(request).signed_headers]))
    letter = data.draw(st.sampled_from(b"abcXYZ019"))

    if part == "path":
        at = data.draw(st.integers(1, len(request.raw_path) - 1))
        changed = replace(request, raw_path=_with_byte(request.raw_path, at, letter))
        differs = changed.raw_path != request.raw_path
    elif part == "query":
        changed, differs = replace(request, query=request.query + b"&" + bytes([letter]) + b"="), True
    elif part == "body":
        changed, payload_hash, differs = request, sha256(body + b"!").hexdigest(), True
    elif part == "method":
        changed, differs = replace(request, method="PUT"), True
    else:
        assert isinstance(part, bytes)
        value = request.values(part)[0] + bytes([letter])
        changed, differs = with_header(request, part, value), True

    assert refused(changed, payload_hash) == differs


def _with_byte(text: bytes, at: int, byte: int) -> bytes:
    return text[:at] + bytes([byte]) + text[at + 1 :]


@unhurried
@given(st.integers(0, 63), st.sampled_from("0123456789abcdef"))
def test_any_changed_digit_of_the_signature_is_refused(at: int, digit: str) -> None:
    """The signature counts to its last digit."""
    request = signed(PATH)
    value = read_signature(request).value
    changed = value[:at] + digit + value[at + 1 :]
    authorization = request.values(b"authorization")[0].replace(value.encode(), changed.encode())

    assert refused(with_header(request, b"authorization", authorization), EMPTY_HASH) == (changed != value)


@unhurried
@given(st.permutations(range(6)), st.sampled_from([b" ", b"  ", b"\t ", b"   \t"]))
def test_order_and_white_space_of_headers_do_not_matter(order: list[int], space: bytes) -> None:
    """Headers may come in any order, with any run of white space where one was signed."""
    request = signed(f"{PATH}?b=2&a=1", headers={"Accept": "a b", "Content-Type": "c; d", "Mcp-Name": "x y z"})
    headers = list(request.headers)
    shuffled = [headers[n] for n in order if n < len(headers)] + headers[6:]
    spaced = [(n, v if n == b"authorization" else space + v.replace(b" ", space) + space) for n, v in shuffled]

    verify(replace(request, headers=spaced), EMPTY_HASH)


@unhurried
@given(st.permutations([b"a=1", b"b=2", b"a=0", b"qualifier=DEFAULT", b"c="]))
def test_order_of_the_query_does_not_matter(fields: list[bytes]) -> None:
    """Fields of the query may come in any order."""
    request = signed(f"{PATH}?a=1&b=2&a=0&qualifier=DEFAULT&c=")

    verify(replace(request, query=b"&".join(fields)), EMPTY_HASH)


@unhurried
@given(st.permutations(range(7)))
def test_order_of_a_presigned_query_does_not_matter(order: list[int]) -> None:
    """The fields of a presigned URL may come in any order."""
    request = presigned(f"{PATH}?qualifier=DEFAULT")
    fields = request.query.split(b"&")

    verify(replace(request, query=b"&".join(fields[n] for n in order)), EMPTY_HASH)


@unhurried
@given(st.data())
def test_any_changed_field_of_a_presigned_url_is_refused(data: st.DataObject) -> None:
    """Each field of a presigned URL is signed, also how long it is good for."""
    request = presigned(f"{PATH}?qualifier=DEFAULT", expires_s=100, token="token")
    fields = request.query.split(b"&")
    at = data.draw(st.integers(0, len(fields) - 1))
    fields[at] += data.draw(st.sampled_from([b"0", b"a", b"%20"]))

    with pytest.raises(AccessDeniedException):
        check_signature(
            replace(request, query=b"&".join(fields)), read_signature(replace(request, query=b"&".join(fields))),
            SECRET, EMPTY_HASH,
        )  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"moment": NOW + timedelta(seconds=1)},
        {"region": "us-east-1"},
        {"service": "s3"},
        {"secret": SECRET[:-1] + "Z"},
        {"key_id": "AKIDOTHER"},
        {"host": "127.0.0.1:4600"},
    ],
)
def test_signature_of_other_circumstances_is_refused(other: dict[str, str]) -> None:
    """A signature made for another moment, region, service, key or host does not fit this request."""
    elsewhere = signed(PATH, **other)  # type: ignore[arg-type]  # each is a keyword of `signed`
    here = signed(PATH)
    borrowed = with_header(here, b"authorization", elsewhere.values(b"authorization")[0])

    assert refused(borrowed, EMPTY_HASH)


def test_canonical_path_is_encoded_twice() -> None:
    """A signature over the path as it stands on the wire, encoded once, is not that of this service."""
    request = signed(PATH)

    verify(request, EMPTY_HASH)
    assert refused(replace(request, raw_path=request.raw_path.replace(b"%3A", b":")), EMPTY_HASH)


def test_query_that_the_signer_encoded_anew_verifies() -> None:
    """curl signs `a%2Fb` and sends `a/b`: that is accepted too."""
    request = replace(signed(f"{PATH}?path=a%2Fb"), query=b"path=a/b")

    verify(request, EMPTY_HASH)
