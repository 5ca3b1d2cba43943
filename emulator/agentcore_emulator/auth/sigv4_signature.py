"""The signature that a request carries: read from its headers or its query, checked for form alone.

Source: IAM user guide, elements of an AWS API request signature, read 2026-11-20 - documented; which words this service
refuses with is not known: the texts are those of other AWS services - assumed
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NoReturn
from urllib.parse import unquote_to_bytes

from agentcore_emulator.auth.sigv4_request import WireRequest
from agentcore_emulator.errors import AccessDeniedException

ALGORITHM: Final = b"AWS4-HMAC-SHA256"
EXPIRES_S_MAX: Final = 300
MISSING: Final = "Missing Authentication Token"

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_STAMP_FORM: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SCOPE_FORM: Final = re.compile(
    r"(?P<access_key>[!-+.0-~-]{1,128})/(?P<date>[0-9]{8})/(?P<region>[a-z0-9-]{1,64})/(?P<service>[a-z0-9-]{1,64})"
    r"/aws4_request"
)
_SIGNED_HEADERS_FORM: Final = re.compile(r"[!-9<-@\[-~]+(?:;[!-9<-@\[-~]+)*")
_SIGNATURE_FORM: Final = re.compile(r"[0-9a-f]{64}")
_EXPIRES_FORM: Final = re.compile(r"[0-9]{1,9}")
_QUERY_MARK: Final = re.compile(rb"(?:^|&)X-Amz-(?:Algorithm|Credential|Signature)=")
_QUERY_FIELDS: Final = (
    b"X-Amz-Algorithm",
    b"X-Amz-Credential",
    b"X-Amz-Date",
    b"X-Amz-Expires",
    b"X-Amz-SignedHeaders",
    b"X-Amz-Signature",
)
_QUERY_TOKEN: Final = b"X-Amz-Security-Token"
_TOKEN_HEADER: Final = b"x-amz-security-token"
_DATE_HEADER: Final = b"x-amz-date"


@dataclass(frozen=True, slots=True)
class Signature:
    """A well-formed signature: who claims to have signed, when, for what scope, and what it covers."""

    access_key: str
    date: str
    region: str
    service: str
    stamp: str
    """The moment of signing as it is signed: `20261120T193100Z`."""
    signed_at_s: float
    signed_headers: tuple[bytes, ...]
    value: str
    session_token: bytes | None
    expires_s: int | None
    """For how long a presigned URL is good; None for the form in headers."""

    @property
    def scope(self) -> str:
        """Date, region and service as they are signed."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def is_presigned(request: WireRequest) -> bool:
    """Whether the query carries (parts of) a signature."""
    return _QUERY_MARK.search(request.query) is not None


def read_signature(request: WireRequest) -> Signature:
    """The one signature of the request.

    Raises:
        AccessDeniedException: there is none, more than one, or it has not the form of one.
    """
    authorizations = request.values(b"authorization")
    presigned = is_presigned(request)
    if len(authorizations) + presigned > 1:
        _refuse("Only one authorization mechanism is allowed")
    if presigned:
        return _from_query(request)
    if not authorizations:
        _refuse(MISSING)
    return _from_header(request, authorizations[0])


def _from_header(request: WireRequest, authorization: bytes) -> Signature:
    scheme, _, rest = authorization.partition(b" ")
    if scheme != ALGORITHM:
        _refuse("Unsupported authorization scheme; expected AWS4-HMAC-SHA256")
    fields: dict[bytes, bytes] = {}
    for part in rest.split(b","):
        name, equals, value = part.strip(b" \t").partition(b"=")
        if not equals or name in fields:
            _refuse("Authorization header is not in the correct format")
        fields[name] = value
    for name in (b"Credential", b"SignedHeaders", b"Signature"):
        if name not in fields:
            _refuse(f"Authorization header requires '{name.decode()}' parameter")
    if len(fields) > 3:
        _refuse("Authorization header is not in the correct format")
    texts = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields.items()}
    return _checked(request, texts, _stamp_of(request), _one(request, _TOKEN_HEADER), None)


def _from_query(request: WireRequest) -> Signature:
    fields: dict[bytes, bytes] = {}
    for field in request.query.split(b"&"):
        name, _, value = field.partition(b"=")
        if name.startswith(b"X-Amz-"):
            if name in fields:
                _refuse(f"The query has '{name[:40].decode('latin-1')}' more than once")
            fields[name] = unquote_to_bytes(value)
    for name in _QUERY_FIELDS:
        if name not in fields:
            _refuse(f"The query requires '{name.decode()}' parameter")
    if fields[b"X-Amz-Algorithm"] != ALGORITHM:
        _refuse("X-Amz-Algorithm must be AWS4-HMAC-SHA256")
    if _one(request, _TOKEN_HEADER) is not None:
        _refuse("Only one authorization mechanism is allowed")
    expires = fields[b"X-Amz-Expires"].decode("latin-1")
    if _EXPIRES_FORM.fullmatch(expires) is None or not 0 < int(expires) <= EXPIRES_S_MAX:
        _refuse(f"X-Amz-Expires must be a number of seconds between 1 and {EXPIRES_S_MAX}")
    texts = {name.decode("latin-1").removeprefix("X-Amz-"): value.decode("latin-1") for name, value in fields.items()}
    return _checked(request, texts, texts["Date"], fields.get(_QUERY_TOKEN), int(expires))


def _checked(
    request: WireRequest, texts: Mapping[str, str], stamp: str, session_token: bytes | None, expires_s: int | None
) -> Signature:
    scope = _SCOPE_FORM.fullmatch(texts["Credential"])
    if scope is None:
        _refuse("Credential must have the form ACCESS_KEY_ID/YYYYMMDD/REGION/SERVICE/aws4_request")
    if _SIGNATURE_FORM.fullmatch(texts["Signature"]) is None:
        _refuse("Signature must be 64 hexadecimal digits in lower case")
    signed_at_s = _moment(stamp)
    if scope["date"] != stamp[:8]:
        _refuse("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP")
    signed_headers = _signed_headers(request, texts["SignedHeaders"])
    if session_token is not None and expires_s is None and _TOKEN_HEADER not in signed_headers:
        _refuse("'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization")
    return Signature(
        access_key=scope["access_key"],
        date=scope["date"],
        region=scope["region"],
        service=scope["service"],
        stamp=stamp,
        signed_at_s=signed_at_s,
        signed_headers=signed_headers,
        value=texts["Signature"],
        session_token=session_token,
        expires_s=expires_s,
    )


def _signed_headers(request: WireRequest, text: str) -> tuple[bytes, ...]:
    if _SIGNED_HEADERS_FORM.fullmatch(text) is None:
        _refuse("SignedHeaders must be names in lower case with ';' between them")
    names = text.split(";")
    if names != sorted(set(names)):
        _refuse("SignedHeaders must be in order, each name once")
    signed = tuple(name.encode() for name in names)
    if b"host" not in signed:
        _refuse("'Host' must be a 'SignedHeader' in the AWS Authorization")
    present = {name for name, _ in request.headers}
    for name in signed:
        if name not in present:
            _refuse(f"The request has no header '{name[:60].decode()}', which is in SignedHeaders")
    return signed


def _stamp_of(request: WireRequest) -> str:
    stamp = _one(request, _DATE_HEADER)
    if stamp is not None:
        return stamp.decode("latin-1")
    date = _one(request, b"date")
    if date is None:
        _refuse("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header")
    try:
        moment = parsedate_to_datetime(date.decode("ascii"))
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).strftime(_STAMP)
    except (ValueError, OverflowError):
        _refuse("Date must be in the form of RFC 9110")


def _moment(stamp: str) -> float:
    try:
        moment = datetime.fromisoformat(stamp) if _STAMP_FORM.fullmatch(stamp) else None
    except ValueError:
        moment = None
    if moment is None:
        _refuse("Date must be in ISO-8601 'basic format', such as 20261120T193100Z")
    return moment.timestamp()


def _one(request: WireRequest, name: bytes) -> bytes | None:
    values = request.values(name)
    if len(values) > 1:
        _refuse(f"The request has '{name.decode()}' more than once")
    return values[0].strip() if values else None


def _refuse(message: str) -> NoReturn:
    raise AccessDeniedException(message)
