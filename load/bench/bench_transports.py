"""What asking an agent costs the reference backend: a kept WebSocket against the SDK over HTTP, from one process.

`transport_websocket`: ratio of the median times of a question, WebSocket / SDK, one question at a time, of one round.
`transport_websocket_cpu`: ratio of the CPU seconds of this process for the same questions.
The agent is scripted and answers at once, so what is left is the way there and back. Rounds take turns.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import unquote

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from measured import merge, out_option, spread
from measured_processes import Server, emulator

from agentcore_backend.transports.handshake import Handshake
from agentcore_backend.transports.sdk import SdkTransport
from agentcore_backend.transports.sockets import Sockets
from agentcore_backend.transports.transport import Transport
from agentcore_backend.transports.websocket import WebSocketTransport

_ROUNDS: Final = 5
_QUESTIONS: Final = 300
_SESSION: Final = "measured".ljust(33, "-")
_SCRIPT: Final = """seed = 1
[[events]]
data = { text = "an answer" }
delay_ms = 0
[[events]]
data = { end = true }
delay_ms = 0
"""


def _transports(url: str) -> dict[str, Transport]:
    key = Credentials("AKIDMEASURED", "secret-of-the-measurement")
    client = boto3.client(
        "bedrock-agentcore",
        endpoint_url=url,
        region_name="ap-southeast-2",
        aws_access_key_id=key.access_key,
        aws_secret_access_key=key.secret_key,
        config=Config(retries={"mode": "standard"}),
    )
    sockets = Sockets(Handshake(lambda: key, url, 30).open)
    return {"sdk": SdkTransport(client, 1), "websocket": WebSocketTransport(sockets, 1, 30)}


async def _ask(transport: Transport, arn: str) -> float:
    started_s = time.perf_counter()
    async for _ in transport.answer(arn, _SESSION, "hello"):
        pass
    return time.perf_counter() - started_s


async def _round(transport: Transport, arn: str) -> tuple[float, float]:
    """Median time of a question, and the CPU time of all of them."""
    before = os.times()
    times_s = [await _ask(transport, arn) for _ in range(_QUESTIONS)]
    after = os.times()
    return median(times_s), (after.user + after.system) - (before.user + before.system)


async def _measure(server: Server, arn: str) -> dict[str, list[float]]:
    transports = _transports(f"http://127.0.0.1:{server.port}")
    rounds: dict[str, list[float]] = {"transport_websocket": [], "transport_websocket_cpu": []}
    for transport in transports.values():
        await _round(transport, arn)  # warm
    for _ in range(_ROUNDS):
        sdk_s, sdk_cpu_s = await _round(transports["sdk"], arn)
        websocket_s, websocket_cpu_s = await _round(transports["websocket"], arn)
        rounds["transport_websocket"].append(websocket_s / sdk_s)
        rounds["transport_websocket_cpu"].append(websocket_cpu_s / sdk_cpu_s)
    for transport in transports.values():
        await transport.close()
    return rounds


def main() -> None:
    """Measure and merge."""
    out = out_option(__doc__)
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "script.toml"
        file.write_text(_SCRIPT, encoding="utf-8")
        with emulator("--scenario", str(file)) as server:
            arn = unquote(server.invocations("script").split("/")[2])
            rounds = asyncio.run(_measure(server, arn))
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
