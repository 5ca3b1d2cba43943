"""Signatures over the wire: what each mode asks for, with real clients and with requests made by hand."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from emulator_calls import admin, call, invocations_path, invoke, journal, script, session_id
from signed_requests import KEY_ID, SECRET, presigned, send, signed, with_header

from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.auth.sigv4_verify import AccessKey
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

JS = Path(__file__).parents[2] / "integration" / "js"
TEMPORARY = "ASIAEXAMPLE"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//+="


def serving(mode: AuthMode) -> Emulator:
    """An emulator with one scripted runtime and two known keys."""
    keys = {KEY_ID: AccessKey(SECRET), TEMPORARY: AccessKey(SECRET, TOKEN)}
    return Emulator(Settings(scenarios=(script("hello", 0, 0),), auth=AuthSettings(mode, keys)))


@pytest.fixture(scope="module")
def strict() -> Iterator[Emulator]:
    """An emulator that verifies."""
    with serving(AuthMode.STRICT) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def permissive() -> Iterator[Emulator]:
    """An emulator that looks at the form."""
    with serving(AuthMode.PERMISSIVE) as emulator:
        yield emulator


def path(emulator: Emulator, operation: str = "invocations") -> str:
    """The raw path of an operation of the runtime."""
    return f"/runtimes/{quote(str(emulator.runtime('hello').arn), safe='')}/{operation}"


def now() -> datetime:
    """The moment by the machine's clock."""
    return datetime.now(UTC)


def client(emulator: Emulator, secret: str = SECRET, token: str | None = None) -> Any:
    """boto3's own client, one attempt."""
    return boto3.client(
        "bedrock-agentcore",
        endpoint_url=emulator.url,
        region_name="ap-southeast-2",
        aws_access_key_id=TEMPORARY if token else KEY_ID,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_unsigned_request_is_refused(permissive: Emulator) -> None:
    """Without a signature there is 403 AccessDeniedException, and no WWW-Authenticate."""
    answer = invoke(permissive.port, permissive.runtime("hello").arn, session="unsigned")

    assert answer.error == (403, "AccessDeniedException")
    assert answer.json() == {"message": "Missing Authentication Token"}
    assert "www-authenticate" not in answer.headers


def test_refused_invocation_is_in_the_journal(permissive: Emulator) -> None:
    """Who looks for a refused invocation finds it in the journal."""
    invoke(permissive.port, permissive.runtime("hello").arn, session="looked-for")

    (entry,) = journal(permissive.port, "looked-for")
    assert (entry["status"], entry["error_type"], entry["runtime"]) == (403, "AccessDeniedException", "hello")
    assert entry["closed_by"] == "emulator"


@pytest.mark.parametrize("operation", ["invocations", "stopruntimesession", "commands"])
def test_every_operation_of_a_runtime_asks(permissive: Emulator, operation: str) -> None:
    """No operation of a runtime can be called without a signature."""
    assert call(permissive.port, "POST", path(permissive, operation), b"{}").error == (403, "AccessDeniedException")


def test_control_plane_asks(permissive: Emulator) -> None:
    """The control plane cannot be called without a signature either."""
    assert call(permissive.port, "POST", "/runtimes/").error == (403, "AccessDeniedException")


def test_unknown_operation_is_told_to_anybody(permissive: Emulator) -> None:
    """What no operation is, is 404 before anybody is asked for a signature."""
    assert call(permissive.port, "GET", "/no/such/path").error == (404, "UnknownOperationException")


def test_admin_api_does_not_ask(permissive: Emulator) -> None:
    """The emulator's own API knows no signatures."""
    assert admin(permissive.port, "health")["status"] == "ready"


def test_any_well_formed_signature_will_do_in_permissive_mode(permissive: Emulator) -> None:
    """No key is known, so another secret, another region and an old date pass."""
    request = signed(
        path(permissive), secret="made-up", region="us-east-1", moment=now() - timedelta(days=30), host="elsewhere"
    )

    assert send(permissive.port, request).status == 200


def test_off_looks_at_nothing() -> None:
    """Without signatures asked for, an unsigned request is answered."""
    with serving(AuthMode.OFF) as emulator:
        assert invoke(emulator.port, emulator.runtime("hello").arn).status == 200


@pytest.mark.parametrize("token", [None, TOKEN])
def test_boto3_is_verified(strict: Emulator, token: str | None) -> None:
    """boto3 with a known key gets its answer, with temporary credentials too, for payloads of any size."""
    for payload in (b"", b"{}", bytes(3_000_000)):
        answer = client(strict, token=token).invoke_agent_runtime(
            agentRuntimeArn=str(strict.runtime("hello").arn),
            runtimeSessionId=session_id("boto3"),
            qualifier="DEFAULT",
            payload=payload,
        )
        assert answer["response"].read() == b"data: 0\n\ndata: 1\n\n"


@pytest.mark.parametrize(("secret", "token"), [("wrong", None), (SECRET, "wrong")])
def test_boto3_with_wrong_credentials_is_refused(strict: Emulator, secret: str, token: str | None) -> None:
    """A wrong secret and a wrong session token are 403 AccessDeniedException for boto3."""
    with pytest.raises(ClientError) as refused:
        client(strict, secret, token).invoke_agent_runtime(
            agentRuntimeArn=str(strict.runtime("hello").arn), payload=b""
        )

    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.skipif(shutil.which("node") is None or not (JS / "node_modules").is_dir(), reason="no JS SDK here")
@pytest.mark.parametrize(("secret", "kind"), [(SECRET, "end"), ("wrong", "error")])
def test_javascript_sdk_is_verified(strict: Emulator, secret: str, kind: str) -> None:
    """The JavaScript SDK, which signs amz-sdk-* headers and declares the payload's hash, is verified as well."""
    environment = {
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": strict.url,
        "AWS_REGION": "ap-southeast-2",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": secret,
        "PATH": "/usr/bin:/bin",
    }
    command = ["node", str(JS / "stream.mjs"), str(strict.runtime("hello").arn)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)

    last = json.loads(ended.stdout.splitlines()[-1])
    assert last["kind"] == kind, last


def test_declared_hash_is_held_against_the_payload(strict: Emulator) -> None:
    """A good signature over a declared hash does not let another payload through to the agent."""
    body = b'{"prompt": "hello"}'
    declared = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    request = signed(
        path(strict), headers={"X-Amz-Content-SHA256": declared}, moment=now(), host=f"127.0.0.1:{strict.port}"
    )

    assert send(strict.port, request, b"{}").status == 200
    assert send(strict.port, request, body).error == (403, "AccessDeniedException")


def test_unsigned_payload_is_taken_as_declared(strict: Emulator) -> None:
    """UNSIGNED-PAYLOAD, itself signed, leaves the payload open."""
    headers = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    request = signed(path(strict), headers=headers, moment=now(), host=f"127.0.0.1:{strict.port}")

    assert send(strict.port, request, b"anything").status == 200


def test_replayed_signature_is_good_for_five_minutes(strict: Emulator) -> None:
    """The same request passes again, until the emulator's clock is five minutes further."""
    with serving(AuthMode.STRICT) as emulator:
        request = signed(path(emulator), moment=now() - timedelta(seconds=2), host=f"127.0.0.1:{emulator.port}")
        assert [send(emulator.port, request).status for _ in range(2)] == [200, 200]

        admin(emulator.port, "clock", {"advance_s": 300})
        assert send(emulator.port, request).error == (403, "AccessDeniedException")
        fresh = signed(path(emulator), moment=now() + timedelta(seconds=1), host=f"127.0.0.1:{emulator.port}")
        assert send(emulator.port, fresh).status == 200


@pytest.mark.parametrize("mode", [AuthMode.PERMISSIVE, AuthMode.STRICT])
def test_presigned_url_expires_by_the_clock(mode: AuthMode) -> None:
    """A presigned URL is good until its time is over by the emulator's clock, also in permissive mode."""
    with serving(mode) as emulator:
        host = f"127.0.0.1:{emulator.port}"
        request = presigned(path(emulator), "POST", 200, moment=now() - timedelta(seconds=2), host=host)
        assert send(emulator.port, request).status == 200

        admin(emulator.port, "clock", {"advance_s": 200})
        assert send(emulator.port, request).error == (403, "AccessDeniedException")


def test_unknown_runtime_is_told_to_the_signed_only(strict: Emulator) -> None:
    """Whether a runtime exists is for callers who have proved who they are."""
    unknown = invocations_path("arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/none-0123456789")
    request = signed(unknown, moment=now(), host=f"127.0.0.1:{strict.port}")

    assert send(strict.port, request).error == (404, "ResourceNotFoundException")
    assert send(strict.port, with_header(request, b"authorization")).error == (403, "AccessDeniedException")
    bearer = with_header(request, b"authorization", b"Bearer x")
    assert send(strict.port, bearer).error == (404, "ResourceNotFoundException")


def test_bearer_on_a_signed_runtime_is_the_wrong_method(permissive: Emulator) -> None:
    """A token where a signature is asked for: 403, in the service's words, when invoking and when stopping."""
    for operation in ("invocations", "stopruntimesession"):
        answer = call(permissive.port, "POST", path(permissive, operation), b"", {"Authorization": "Bearer a.b.c"})
        assert answer.error == (403, "AccessDeniedException")
        assert answer.json()["message"].startswith("Authorization method mismatch. The agent is configured for")
