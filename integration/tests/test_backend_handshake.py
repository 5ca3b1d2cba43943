"""Opening a socket: what is sent, how it is signed, what a refusal means, and when it is tried again."""

import asyncio
from contextlib import suppress

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from scripted_sockets import (
    ARN,
    CREDENTIALS,
    SESSION_ID,
    WAIT_S,
    Refusal,
    SocketUpstream,
    asking,
    echo,
    scripted_sockets,
    texts_and_failure,
)

ENCODED_ARN = "arn%3Aaws%3Abedrock-agentcore%3Aap-southeast-2%3A123456789012%3Aruntime%2Fonboarding-a1B2c3D4e5"
BUSY: Refusal = (409, {"x-amzn-ErrorType": "RetryableConflictException"})


def handshake_with(*refusals: Refusal, arn: str = ARN) -> tuple[SocketUpstream, tuple[list[str], str]]:
    """Ask ``hello`` where the first handshakes are refused; return what was seen, and the outcome."""

    async def run() -> tuple[SocketUpstream, tuple[list[str], str]]:
        async with scripted_sockets(echo, refusals) as upstream, asking(upstream.url) as (transport, _):
            return upstream, await texts_and_failure(transport.answer(arn, SESSION_ID, "hello"))

    return asyncio.run(asyncio.wait_for(run(), WAIT_S))


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close, and wait until it is closed."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def test_path_and_session() -> None:
    """The handshake goes to the runtime's encoded ARN and names the session in a signed header."""
    upstream, outcome = handshake_with()
    (request,) = upstream.handshakes
    assert (request.path, outcome) == (f"/runtimes/{ENCODED_ARN}/ws", (["hello"], ""))
    assert request.headers["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"] == SESSION_ID
    assert "x-amzn-bedrock-agentcore-runtime-session-id" in request.headers["Authorization"]
    assert "Sec-WebSocket-Extensions" not in request.headers


def test_endpoint_arn_gives_the_qualifier() -> None:
    """An endpoint's ARN reaches its runtime, with the endpoint as qualifier."""
    upstream, _ = handshake_with(arn=f"{ARN}/runtime-endpoint/canary")
    assert upstream.handshakes[0].path == f"/runtimes/{ENCODED_ARN}/ws?qualifier=canary"


def test_signature_is_what_the_server_computes() -> None:
    """From the request as it arrived, with path, host and token, the same signature comes out."""
    upstream, _ = handshake_with(arn=f"{ARN}/runtime-endpoint/canary")
    (request,) = upstream.handshakes
    sent = request.headers["Authorization"]
    names = sent.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-security-token"} < set(names)
    seen = AWSRequest("GET", f"http://{request.headers['Host']}{request.path}")
    for name in names:
        seen.headers[name] = request.headers[name]
    seen.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = SigV4Auth(CREDENTIALS, "bedrock-agentcore", "ap-southeast-2")
    signature = signer.signature(signer.string_to_sign(seen, signer.canonical_request(seen)), seen)
    assert sent.endswith(f"Signature={signature}")


@pytest.mark.parametrize(
    ("status", "error_type", "code"),
    [
        (400, "ValidationException", "ValidationException"),
        (401, "UnauthorizedException", "UnauthorizedException"),
        (402, "ServiceQuotaExceededException:http://internal.amazon.com/", "ServiceQuotaExceededException"),
        (403, "AccessDeniedException", "AccessDeniedException"),
        (404, "ResourceNotFoundException", "ResourceNotFoundException"),
        (424, "RuntimeClientError", "RuntimeClientError"),
        (418, None, "418"),
    ],
)
def test_refusals(status: int, error_type: str | None, code: str) -> None:
    """A refused handshake is a failure by the service's name for it, after one attempt."""
    headers = {} if error_type is None else {"x-amzn-ErrorType": error_type}
    upstream, outcome = handshake_with((status, headers))
    assert (outcome, len(upstream.handshakes)) == (([], code), 1)


def test_redirect_is_not_followed() -> None:
    """Whatever names another place gets no second request, and no signature meant for the first."""
    upstream, outcome = handshake_with((307, {"Location": "/elsewhere"}))
    assert (outcome, len(upstream.handshakes)) == (([], "307"), 1)


@pytest.mark.parametrize(
    ("refusals", "outcome"),
    [
        ([BUSY] * 3, (["hello"], "")),
        ([BUSY] * 4, ([], "RetryableConflictException")),
        ([(429, {"x-amzn-ErrorType": "ThrottlingException"}), BUSY], (["hello"], "")),
        ([BUSY, (403, {"x-amzn-ErrorType": "AccessDeniedException"})], ([], "AccessDeniedException")),
    ],
)
def test_busy_service_is_tried_again(refusals: list[Refusal], outcome: tuple[list[str], str]) -> None:
    """While the service is busy the handshake is repeated, four times in all, signed anew."""
    upstream, actual = handshake_with(*refusals)
    assert (actual, len(upstream.handshakes)) == (outcome, min(4, len(refusals) + (not outcome[1])))


def test_unreachable() -> None:
    """An endpoint that refuses connections is told as such."""

    async def run() -> tuple[list[str], str]:
        async with scripted_sockets(echo) as upstream:
            url = upstream.url
        async with asking(url) as (transport, _):
            return await texts_and_failure(transport.answer(ARN, SESSION_ID, "hello"))

    assert asyncio.run(run()) == ([], "AgentUnreachable")


@pytest.mark.parametrize(
    ("answer", "code"),
    [(b"", "AgentUnreachable"), (b"SSH-2.0-hello\r\n\r\n", "AgentUnreachable"), (None, "AgentTimeout")],
    ids=["hangs up", "is no HTTP server", "says nothing"],
)
def test_peer_that_speaks_no_websocket(answer: bytes | None, code: str) -> None:
    """A peer that hangs up, answers nonsense or nothing is a failure of the kind HTTP would give."""

    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone.clear()
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        await closed(writer)
        gone.set()

    async def run() -> tuple[list[str], str]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with asking(url, read_timeout_s=0.2) as (transport, _):
                outcome = await texts_and_failure(transport.answer(ARN, SESSION_ID, "hello"))
            await gone.wait()
            return outcome

    assert asyncio.run(asyncio.wait_for(run(), WAIT_S)) == ([], code)


def test_reader_leaves_while_the_socket_opens() -> None:
    """A reader that leaves before the handshake was answered leaves no connection behind."""
    asked, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        await closed(writer)
        gone.set()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, asking(url) as (transport, _):
            waiting = asyncio.ensure_future(anext(transport.answer(ARN, SESSION_ID, "hello")))
            await asked.wait()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await gone.wait()
            assert not transport.is_full

    asyncio.run(asyncio.wait_for(run(), WAIT_S))
