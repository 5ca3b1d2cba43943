"""Programs that name AWS hosts find the offline AWS, and nothing else finds anything through the proxy."""

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gate_runs import harness
from named_echo import NamedEcho

from agentcore_integration.environment import base_environment
from agentcore_integration.interception.authority import BUNDLE_NAME, KEY_NAME
from agentcore_integration.interception.door import Interception, intercepting
from agentcore_integration.interception.hosts import door_of

AGENTCORE_HOST = "bedrock-agentcore.ap-southeast-2.amazonaws.com"


@pytest.fixture(scope="module")
def interception(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interception]:
    """A proxy in front of two servers of the test's own; each says its name and echoes."""
    folder = tmp_path_factory.mktemp("authority")
    with (
        NamedEcho("agentcore") as agentcore,
        NamedEcho("aws") as aws,
        intercepting(agentcore.port, aws.port, folder, tmp_path_factory.mktemp("logs")) as interception,
    ):
        yield interception


def ask(interception: Interception, request: bytes) -> tuple[socket.socket, bytes]:
    """Send a request to the proxy and return the connection with the head of the answer."""
    client = socket.create_connection(("127.0.0.1", interception.proxy.bound_port), timeout=10)
    client.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head and (data := client.recv(4096)):
        head += data
    return client, head


def through(interception: Interception, host: str) -> ssl.SSLSocket:
    """Return a TLS connection to an AWS host name through the proxy, verified against the run's bundle."""
    client, head = ask(interception, f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    assert head.startswith(b"HTTP/1.1 200 ")
    context = ssl.create_default_context(cafile=str(interception.bundle))
    return context.wrap_socket(client, server_hostname=host)


@pytest.mark.parametrize(
    ("host", "door"),
    [
        (AGENTCORE_HOST, b"agentcore"),
        ("bedrock-agentcore-control.us-east-1.amazonaws.com", b"agentcore"),
        ("bedrock-agentcore.eu-west-1.api.aws", b"agentcore"),
        ("cognito-idp.ap-southeast-2.amazonaws.com", b"aws"),
        ("dynamodb.ap-southeast-2.amazonaws.com", b"aws"),
        ("bucket.s3.amazonaws.com", b"aws"),
    ],
)
def test_host_name_leads_to_its_server(interception: Interception, host: str, door: bytes) -> None:
    """A verified TLS connection to an AWS name ends at the server that answers for it, and carries bytes both ways."""
    with through(interception, host) as connection:
        assert connection.recv(64) == door + b"\n"
        connection.sendall(b"\x00\xff ping")
        assert connection.recv(64) == b"\x00\xff ping"


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "amazonaws.com.example.com",
        "bedrock-agentcore.x.amazonaws.com.evil.org",
        "xamazonaws.com",
        "10.0.0.1",
        "169.254.169.254",
        "",
        "AMAZONAWS.COM.",
    ],
)
def test_only_names_of_aws_have_a_door(host: str) -> None:
    """A name that is not one of AWS leads nowhere, also one that only looks like it; case does not matter."""
    assert (door_of(host) is None) == (host != "AMAZONAWS.COM.")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", b"403"),
        (b"CONNECT dynamodb.eu-west-1.amazonaws.com:22 HTTP/1.1\r\n\r\n", b"403"),
        (b"GET http://dynamodb.eu-west-1.amazonaws.com/ HTTP/1.1\r\n\r\n", b"405"),
        (b"CONNECT :443 HTTP/1.1\r\n\r\n", b"405"),
        (b"CONNECT a\x00b:443 HTTP/1.1\r\n\r\n", b"405"),
        (b"\x16\x03\x01 this is no HTTP\r\n\r\n", b"405"),
        (b"CONNECT x:443 HTTP/1.1\r\n" + b"a: b\r\n" * 8000, b"431"),
    ],
)
def test_odd_requests_are_refused_and_the_proxy_goes_on(
    interception: Interception, request_bytes: bytes, status: bytes
) -> None:
    """Whatever else comes is answered with its status, and the next program is served."""
    client, head = ask(interception, request_bytes)
    client.close()
    assert head.split(b" ", 2)[1] == status
    with through(interception, AGENTCORE_HOST) as connection:
        assert connection.recv(64) == b"agentcore\n"


def test_client_that_does_not_trust_the_run_is_told_so(interception: Interception) -> None:
    """Without the run's bundle the certificate is refused: nothing of the machine trusts it."""
    client, _ = ask(interception, f"CONNECT {AGENTCORE_HOST}:443 HTTP/1.1\r\n\r\n".encode())
    with client, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(client, server_hostname=AGENTCORE_HOST)


@pytest.mark.parametrize("name", ["localhost", AGENTCORE_HOST])
def test_tls_port_has_a_certificate_for_the_name_asked(interception: Interception, name: str) -> None:
    """The emulator's TLS port proves itself as localhost and as the AWS name, whichever the client asks for."""
    port = int(interception.tls_url.rpartition(":")[2])
    context = ssl.create_default_context(cafile=str(interception.bundle))
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=name) as connection:
        assert connection.recv(64) == b"agentcore\n"


def test_key_of_the_authority_is_private(interception: Interception) -> None:
    """The folder of the key is closed to other users, and the bundle does not hold the key."""
    folder = interception.bundle.parent
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / KEY_NAME).read_text() not in (folder / BUNDLE_NAME).read_text()


PROGRAM = """
import json, os, boto3
for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT")]:
    del os.environ[name]
tables = boto3.client("dynamodb").list_tables()["TableNames"]
answer = boto3.client("bedrock-agentcore").invoke_agent_runtime(
    agentRuntimeArn=os.environ["AGENT_COORDINATOR_ARN"], payload=b"{}")
print(json.dumps([tables, answer["response"].read().decode().count("data: ")]))
"""


def test_program_that_names_aws_hosts_runs_unmodified(tmp_path: Path) -> None:
    """boto3 without any endpoint setting reaches DynamoDB and AgentCore by their real names."""
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    run = harness("run", "--", sys.executable, "program.py", cwd=tmp_path)
    assert run.code == 0, run.err
    tables, events = json.loads(run.out)
    assert (sorted(tables), events) == (["ai4ai-chat-messages", "ai4ai-chat-sessions"], 4)


def test_curl_trusts_the_run_by_its_variables(tmp_path: Path) -> None:
    """curl, told nothing but variables, gets an answer of the emulator under the real name."""
    run = harness("run", "--", "curl", "-sS", f"https://{AGENTCORE_HOST}/no-such-operation", cwd=tmp_path)
    assert run.code == 0, run.err
    assert "no operation at GET /no-such-operation" in run.out


def test_exit_code_of_the_command_is_the_run_s(tmp_path: Path) -> None:
    """`run` ends as its command ends, and says which command could not be started."""
    assert harness("run", "--", "bash", "-c", "exit 7", cwd=tmp_path).code == 7
    missing = harness("run", "--", "no-such-program", cwd=tmp_path)
    assert (missing.code, "no-such-program: No such file" in missing.err) == (2, True)


def test_openssl_sees_http_1_1_only(interception: Interception) -> None:
    """HTTP/2 is not offered: what is behind the proxy speaks HTTP/1.1."""
    port = int(interception.tls_url.rpartition(":")[2])
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-alpn", "h2,http/1.1"]
    shown = subprocess.run(command, input="", capture_output=True, text=True, env=base_environment(), check=False)
    assert "ALPN protocol: http/1.1" in shown.stdout
