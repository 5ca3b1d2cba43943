"""ARNs and endpoints: whatever botocore's pattern allows is read and given back, and leads to its own region."""

from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore_backend.transports.arn import ArnError, RuntimeArn
from agentcore_backend.transports.endpoint import (
    SUFFIXES,
    EndpointError,
    endpoint_override,
    signed_url,
    socket_url,
)

ARN = "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/onboarding-a1B2c3D4e5"
MODEL = botocore.session.get_session().get_service_model("bedrock-agentcore-control")


def pattern(shape: str) -> str:
    """The pattern of the service model, as a whole match."""
    return rf"\A(?:{MODEL.shape_for(shape).metadata['pattern']})\Z"


runtime_arns = st.from_regex(pattern("AgentRuntimeArn"), fullmatch=True)
endpoint_arns = st.from_regex(pattern("AgentRuntimeEndpointArn"), fullmatch=True)


@given(st.one_of(runtime_arns, endpoint_arns))
def test_arn_round_trip(text: str) -> None:
    """Every ARN of botocore's patterns is read, and ``str`` gives back the same text."""
    assert str(RuntimeArn.parse(text)) == text


@given(st.one_of(runtime_arns, endpoint_arns))
def test_url_round_trip(text: str) -> None:
    """The URL of a socket holds the runtime's ARN and the endpoint's name, and nothing of them is lost."""
    arn = RuntimeArn.parse(text)
    parts = urlsplit(socket_url(arn, "https://127.0.0.1:4599"))
    _, runtimes, encoded, ws = parts.path.split("/")
    assert (runtimes, unquote(encoded), ws) == ("runtimes", arn.runtime, "ws")
    assert parse_qs(parts.query) == ({} if arn.endpoint is None else {"qualifier": [arn.endpoint]})
    assert (parts.scheme, parts.netloc) == ("wss", "127.0.0.1:4599")


@given(st.from_regex(r"\A[a-z]{2}-[a-z]+-[0-9]\Z"))
def test_region_is_that_of_the_arn(region: str) -> None:
    """The host is that of the ARN's region, wherever the caller is."""
    arn = RuntimeArn.parse(ARN.replace("ap-southeast-2", region))
    assert urlsplit(socket_url(arn)).netloc == f"bedrock-agentcore.{region}.amazonaws.com"


@pytest.mark.parametrize("partition", boto3.Session().get_available_partitions())
def test_host_is_the_one_botocore_resolves(partition: str) -> None:
    """In each partition the host is the one that botocore's own rules give."""
    region = {"aws": "ap-southeast-2", "aws-cn": "cn-north-1", "aws-eusc": "eusc-de-east-1", "aws-iso": "us-iso-east-1"}
    region |= {"aws-iso-b": "us-isob-east-1", "aws-iso-e": "eu-isoe-west-1", "aws-iso-f": "us-isof-south-1"}
    region |= {"aws-us-gov": "us-gov-west-1"}
    client = boto3.client("bedrock-agentcore", region_name=region[partition])
    arn = RuntimeArn.parse(f"arn:{partition}:bedrock-agentcore:{region[partition]}:123456789012:runtime/a-a1B2c3D4e5")
    assert client.meta.endpoint_url == signed_url(socket_url(arn)).partition("/runtimes/")[0]
    assert partition in SUFFIXES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "onboarding-a1B2c3D4e5",
        ARN + "\n",
        " " + ARN,
        ARN + "/",
        ARN + "/runtime-endpoint/",
        ARN + "/runtime-endpoint/a/b",
        ARN.replace("123456789012", "12345678901"),
        ARN.replace("123456789012", "\u0661" * 12),
        ARN.replace("ap-southeast-2", ""),
        ARN.replace("ap-southeast-2", "evil.example/"),
        ARN.replace("aws", "azure"),
        ARN.replace("runtime/", "harness/"),
        ARN.replace("bedrock-agentcore", "bedrock"),
        ARN.replace("-a1B2c3D4e5", ""),
        ARN.replace("onboarding", "x" * 49),
    ],
)
def test_other_texts_are_no_arns(text: str) -> None:
    """A text that is not the ARN of a runtime is refused, and nothing is cut off to make it one."""
    with pytest.raises(ArnError, match="is not the ARN of an agent runtime"):
        RuntimeArn.parse(text)


@pytest.mark.parametrize(
    ("override", "start"),
    [
        ("http://127.0.0.1:4599", "ws://127.0.0.1:4599/runtimes/"),
        ("http://127.0.0.1:4599/", "ws://127.0.0.1:4599/runtimes/"),
        ("https://localhost", "wss://localhost/runtimes/"),
        ("wss://agents.example/prefix/", "wss://agents.example/prefix/runtimes/"),
        ("http://[::1]:80", "ws://[::1]:80/runtimes/"),
    ],
)
def test_override(override: str, start: str) -> None:
    """An endpoint of the environment takes the real one's place: http becomes ws, https wss, a path stays."""
    found = endpoint_override({"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": override, "AWS_ENDPOINT_URL": "http://other"})
    assert socket_url(RuntimeArn.parse(ARN), found).startswith(start)


def test_override_for_all_services() -> None:
    """The variable for all services counts when the service has none of its own."""
    assert endpoint_override({"AWS_ENDPOINT_URL": "http://other"}) == "http://other"
    assert endpoint_override({"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": ""}) is None


@pytest.mark.parametrize(
    "url", ["127.0.0.1:4599", "ftp://x", "http://", "http://x:99999", "http://[::1", "http://u@x", "http://x?y", "//x"]
)
def test_endpoint_that_is_none(url: str) -> None:
    """What is no URL of a server is refused by name."""
    with pytest.raises(EndpointError, match="is not the URL of an endpoint"):
        endpoint_override({"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": url})


def test_partition_without_an_endpoint() -> None:
    """A partition nobody knows needs an endpoint, and with one it works."""
    arn = RuntimeArn.parse(ARN.replace("arn:aws", "arn:aws-moon"))
    with pytest.raises(EndpointError, match="aws-moon"):
        socket_url(arn)
    assert socket_url(arn, "http://127.0.0.1:1").startswith("ws://127.0.0.1:1/")
