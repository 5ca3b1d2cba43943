"""A program as users write it: AWS's own clients and helpers, AWS's own host names, no endpoint of anybody else's.

The tests run it under ``agentcore-harness run`` and read what it prints: one JSON object, what each attempt gave.
"""

import asyncio
import json
import os
import sys
import urllib.error
import urllib.request
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
from botocore.exceptions import ClientError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

REGION = "ap-southeast-2"
HOST = f"bedrock-agentcore.{REGION}.amazonaws.com"
UNKNOWN_URL = f"https://{HOST}/no-such-operation"


def main() -> None:
    """Try everything, print what it gave."""
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT")]:
        del os.environ[name]
    with serving_discovery() as os.environ["DISCOVERY_URL"]:
        attempts = {**helpers(), **http_clients(), **other_services()}
        json.dump({name: outcome_of(attempt) for name, attempt in attempts.items()}, sys.stdout)


def outcome_of(attempt: Callable[[], object]) -> object:
    """What the attempt returned, or which answer ended it."""
    try:
        return attempt()
    except InvalidStatus as refused:
        return [refused.response.status_code, json.loads(refused.response.body or b"{}")]
    except ClientError as refused:
        return [refused.response["ResponseMetadata"]["HTTPStatusCode"], refused.response["Error"]]


def helpers() -> dict[str, Callable[[], object]]:
    """The SDK's helpers for WebSockets, and the first message of an agent on each."""
    client = runtime_client()
    arn = os.environ["AGENT_ONBOARDING_ARN"]
    own_arn, token = runtime_for_tokens(client), access_token()
    forged = token[:-8] + "AAAAAAAA"
    return {
        "host": lambda: client.generate_ws_connection(arn)[0].split("/")[2],
        "headers": lambda: talk(*client.generate_ws_connection(arn, session_id=str(uuid.uuid4()))),
        "presigned": lambda: talk(client.generate_presigned_url(arn, session_id=str(uuid.uuid4()))),
        "presigned, cut short": lambda: talk(client.generate_presigned_url(arn)[:-1]),
        "shell": lambda: in_shell(client, arn, "echo $((40 + 2)); exit 3\n"),
        "bearer": lambda: talk(*client.generate_ws_connection_oauth(own_arn, token)),
        "bearer, forged": lambda: talk(*client.generate_ws_connection_oauth(own_arn, forged)),
        "bearer, signed instead": lambda: talk(*client.generate_ws_connection(own_arn)),
        "bearer for a signed runtime": lambda: talk(*client.generate_ws_connection_oauth(arn, token)),
    }


def runtime_client() -> Any:
    """The SDK's client of the runtime."""
    with warnings.catch_warnings():
        # the SDK's own use of pydantic is deprecated there
        warnings.simplefilter("ignore", DeprecationWarning)
        from bedrock_agentcore.runtime import AgentCoreRuntimeClient
    return AgentCoreRuntimeClient(region=REGION)


def talk(url: str, headers: dict[str, str] | None = None) -> object:
    """Connect as the service's own example does, ask, and return the first message of the answer."""

    async def ask() -> object:
        async with connect(url, additional_headers=headers) as socket:
            await socket.send(json.dumps({"prompt": "marker:helper"}))
            return json.loads(await asyncio.wait_for(socket.recv(), 10))

    return asyncio.run(ask())


def in_shell(client: Any, arn: str, command: str) -> list[object]:
    """Open a shell in a session's compute, run a command, and return what it wrote and its exit code."""

    async def use() -> list[object]:
        async with client.open_shell(arn, session_id=str(uuid.uuid4())) as shell:
            await shell.send(command)
            written = [frame.payload async for frame in shell if frame.raw_channel_byte == 1]
            return [b"".join(written).decode(), shell.exit_code]

    return asyncio.run(asyncio.wait_for(use(), 20))


def runtime_for_tokens(client: Any) -> str:
    """Create a runtime that takes access tokens of the user pool, and return its ARN."""
    from bedrock_agentcore._utils.config import WaitConfig

    made = client.create_agent_runtime_and_wait(
        agentRuntimeName="for_tokens",
        agentRuntimeArtifact={
            "containerConfiguration": {"containerUri": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/agent:1"}
        },
        roleArn="arn:aws:iam::123456789012:role/agent",
        networkConfiguration={"networkMode": "PUBLIC"},
        authorizerConfiguration={
            "customJWTAuthorizer": {
                "discoveryUrl": os.environ["DISCOVERY_URL"],
                "allowedClients": [os.environ["COGNITO_CLIENT_ID"]],
            }
        },
        wait_config=WaitConfig(poll_interval=1),
    )
    return str(made["agentRuntimeArn"])


def access_token() -> str:
    """Sign up and in at the user pool."""
    cognito = boto3.client("cognito-idp", region_name=REGION)
    client_id, name, password = os.environ["COGNITO_CLIENT_ID"], f"user-{uuid.uuid4().hex}", "Aa1!aaaaaaaaaaaa"
    cognito.sign_up(ClientId=client_id, Username=name, Password=password)
    cognito.confirm_sign_up(ClientId=client_id, Username=name, ConfirmationCode="123456")
    answer = cognito.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return answer["AuthenticationResult"]["AccessToken"]


@contextmanager
def serving_discovery() -> Iterator[str]:
    """Serve the discovery document that leads to the user pool's keys, on this machine."""
    document = {"issuer": os.environ["COGNITO_ISSUER"], "jwks_uri": os.environ["COGNITO_JWKS_URL"]}

    class Document(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Keep silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Document) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/.well-known/openid-configuration"
        finally:
            server.shutdown()
            thread.join()


def http_clients() -> dict[str, Callable[[], object]]:
    """Status and error type that each HTTP client of Python gets for a path where nothing is."""

    def by_urllib() -> object:
        try:
            with urllib.request.urlopen(UNKNOWN_URL, timeout=10) as answer:
                return [answer.status, None]
        except urllib.error.HTTPError as answer:
            with answer:
                return [answer.code, answer.headers["x-amzn-ErrorType"]]

    def by_requests() -> object:
        import requests

        answer = requests.get(UNKNOWN_URL, timeout=10)
        return [answer.status_code, answer.headers["x-amzn-ErrorType"]]

    def by_httpx() -> object:
        import httpx

        answer = httpx.get(UNKNOWN_URL, timeout=10)
        return [answer.status_code, answer.headers["x-amzn-ErrorType"]]

    return {"urllib": by_urllib, "requests": by_requests, "httpx": by_httpx}


def other_services() -> dict[str, Callable[[], object]]:
    """What the SDK's clients of services that are not emulated are told."""
    from bedrock_agentcore.tools.browser_client import BrowserClient
    from bedrock_agentcore.tools.code_interpreter_client import CodeInterpreter

    def call(use: Callable[[Any], object], client: Callable[[str], Any]) -> Callable[[], object]:
        return lambda: use(client(REGION))

    return {
        "browser, data plane": call(lambda browser: browser.start(), BrowserClient),
        "browser, control plane": call(lambda browser: browser.list_browsers(), BrowserClient),
        "code interpreter": call(lambda interpreter: interpreter.start(), CodeInterpreter),
    }


if __name__ == "__main__":
    main()
