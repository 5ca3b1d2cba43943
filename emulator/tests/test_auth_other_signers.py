"""Signers other than botocore's request signer: the AgentCore SDK's helpers, JavaScript's, curl's. All verify."""

import json
import shutil
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from emulator_calls import script
from signed_requests import KEY_ID, REGION, SECRET

from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.auth.sigv4_request import EMPTY_HASH, WireRequest
from agentcore_emulator.auth.sigv4_signature import read_signature
from agentcore_emulator.auth.sigv4_verify import AccessKey, check_signature, known_key
from agentcore_emulator.errors import AccessDeniedException
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

ARN = "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/travel-cjgUrCDc7f"
JS = Path(__file__).parents[2] / "integration" / "js"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//+="
needs_js = pytest.mark.skipif(
    shutil.which("node") is None or not (JS / "node_modules" / "@smithy" / "signature-v4").is_dir(),
    reason="no JavaScript signer here",
)
PRESIGN = """
import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac } from "node:crypto";
class Sha256 {
  constructor(secret) { this.hash = secret ? createHmac("sha256", secret) : createHash("sha256"); }
  update(data) { this.hash.update(data); }
  async digest() { return this.hash.digest(); }
}
const { path, query, key, expiresIn } = JSON.parse(process.argv[1]);
const scope = { region: "ap-southeast-2", service: "bedrock-agentcore" };
const signer = new SignatureV4({ credentials: key, ...scope, sha256: Sha256 });
const request = { method: "GET", protocol: "wss:", hostname: "localhost", path, query, headers: { host: "localhost" } };
console.log(JSON.stringify((await signer.presign(request, { expiresIn })).query));
"""


def verify(request: WireRequest, token: str | None = None) -> None:
    """Strict verification of everything but the age."""
    signature = read_signature(request)
    key = known_key(signature, {KEY_ID: AccessKey(SECRET, token)}, REGION)
    check_signature(request, signature, key.secret, EMPTY_HASH)


def handshake(url: str, headers: Mapping[str, str]) -> WireRequest:
    """The handshake at that URL as it goes over the wire."""
    parts = urlsplit(url)
    sent = {"host": parts.netloc, **{name.lower(): value for name, value in headers.items()}}
    wire = [(name.encode(), value.encode()) for name, value in sent.items()]
    return WireRequest("GET", parts.path.encode(), parts.query.encode(), wire)


def sdk(token: str | None) -> Any:
    """The AgentCore SDK's maker of WebSocket requests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the SDK imports is deprecated here and there
        from bedrock_agentcore.runtime import AgentCoreRuntimeClient
    session = boto3.Session(KEY_ID, SECRET, token, REGION)
    return AgentCoreRuntimeClient(region=REGION, session=session)


@pytest.mark.parametrize("token", [None, TOKEN])
def test_signed_connection_of_the_sdk_verifies(token: str | None) -> None:
    """`generate_ws_connection` signs the host and the date, and leaves the session id unsigned."""
    url, headers = sdk(token).generate_ws_connection(ARN, endpoint_name="DEFAULT")

    request = handshake(url, headers)
    verify(request, token)
    assert b"x-amzn-bedrock-agentcore-runtime-session-id" not in read_signature(request).signed_headers


@pytest.mark.parametrize("token", [None, TOKEN])
def test_presigned_url_of_the_sdk_verifies(token: str | None) -> None:
    """`generate_presigned_url` signs session id and custom headers as fields of the query."""
    custom = {"X-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant": "a b/c+d"}
    request = handshake(sdk(token).generate_presigned_url(ARN, "s" * 40, custom_headers=custom), {})

    verify(request, token)
    changed = WireRequest("GET", request.raw_path, request.query.replace(b"s" * 40, b"t" * 40), request.headers)
    with pytest.raises(AccessDeniedException):
        verify(changed, token)


@needs_js
@pytest.mark.parametrize("token", [None, TOKEN])
def test_presigned_query_of_javascript_verifies(token: str | None) -> None:
    """The signer of the JavaScript SDK, as a browser uses it for a WebSocket, fields sent in its own order."""
    path = f"/runtimes/{ARN.replace(':', '%3A').replace('/', '%2F')}/ws"
    key = {"accessKeyId": KEY_ID, "secretAccessKey": SECRET, **({"sessionToken": token} if token else {})}
    asked = json.dumps({"path": path, "query": {"qualifier": "DEFAULT", "a": "b c/d+e'"}, "key": key, "expiresIn": 300})
    command = ["node", "--input-type=module", "-e", PRESIGN, asked]
    query = json.loads(subprocess.run(command, cwd=JS, capture_output=True, check=True, timeout=30).stdout)

    sent = "&".join(f"{name}={_escaped(value)}" for name, value in query.items())
    verify(WireRequest("GET", path.encode(), sent.encode(), [(b"host", b"localhost")]), token)


def _escaped(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.~") else f"%{ord(c):02X}" for c in str(text))


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_curl_is_verified() -> None:
    """`curl --aws-sigv4` with a bare id (it does not encode a path twice, as this service wants it) gets its answer."""
    auth = AuthSettings(AuthMode.STRICT, {KEY_ID: AccessKey(SECRET)})
    with Emulator(Settings(scenarios=(script("hello", 0),), auth=auth)) as emulator:
        runtime_id = emulator.runtime("hello").id
        url = f"{emulator.url}/runtimes/{runtime_id}/invocations?accountId=123456789012&qualifier=DEFAULT"
        signer = ("--aws-sigv4", "aws:amz:ap-southeast-2:bedrock-agentcore")
        answers = [
            subprocess.run(
                ["curl", "-s", "--noproxy", "*", *signer, "--user", f"{KEY_ID}:{secret}", "-d", '{"prompt": "x"}', url],
                capture_output=True,
                check=True,
                timeout=30,
            ).stdout
            for secret in (SECRET, "wrong")
        ]

    assert answers[0] == b"data: 0\n\n"
    assert b"does not match the signature you provided" in answers[1]
