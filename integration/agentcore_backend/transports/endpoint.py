"""Where a runtime's WebSocket is: ``wss://{endpoint}/runtimes/{encoded ARN}/ws``, in the region its ARN names.

Source: developer guide, get started with bidirectional streaming; endpoint rule set of bedrock-agentcore in botocore
1.44.5 (the suffix of each partition), read 2026-11-20 - documented
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from agentcore_backend.transports.arn import RuntimeArn

OVERRIDES = ("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", "AWS_ENDPOINT_URL")
SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-us-gov": "amazonaws.com",
}
SOCKET_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
HTTP_SCHEMES = {"ws": "http", "wss": "https"}


class EndpointError(ValueError):
    """An endpoint that no WebSocket can be opened at."""


def endpoint_override(env: Mapping[str, str]) -> str | None:
    """Return the endpoint that the environment puts in the place of the real one, as every AWS client reads it.

    Raises ``EndpointError`` when it is no URL of a server.
    """
    url = next((env[name] for name in OVERRIDES if env.get(name)), None)
    if url is not None:
        _origin(url)
    return url


def socket_url(arn: RuntimeArn, override: str | None = None) -> str:
    """Return the URL of the runtime's WebSocket; an endpoint's ARN gives its name as qualifier.

    Raises ``EndpointError`` for a partition without a known endpoint.
    """
    origin = _origin(override) if override else f"wss://bedrock-agentcore.{arn.region}.{_suffix(arn.partition)}"
    query = "" if arn.endpoint is None else "?" + urlencode({"qualifier": arn.endpoint})
    return f"{origin}/runtimes/{quote(arn.runtime, safe='')}/ws{query}"


def signed_url(url: str) -> str:
    """Return the URL of a WebSocket as its signature sees it: the handshake is an HTTP request."""
    scheme, rest = url.split(":", 1)
    return f"{HTTP_SCHEMES[scheme]}:{rest}"


def _suffix(partition: str) -> str:
    if partition not in SUFFIXES:
        raise EndpointError(f"the partition {partition} has no known endpoint; set {OVERRIDES[0]}")
    return SUFFIXES[partition]


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in SOCKET_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username or parts.query or parts.fragment:
        raise EndpointError(f"{url!r} is not the URL of an endpoint, such as https://127.0.0.1:4599")
    return f"{SOCKET_SCHEMES[parts.scheme]}://{parts.netloc}{parts.path.rstrip('/')}"
