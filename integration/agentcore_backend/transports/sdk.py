"""The SDK over HTTP: an answer is read as it comes, without ever blocking the event loop.

boto3 blocks, so every call and every read is made in a thread of a pool that is as large as the number of streams.
Reads go through urllib3's ``read1``, which returns what has arrived. ``StreamingBody.iter_lines`` and its siblings
wait until their buffer is full: with small events that is hundreds of milliseconds late.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import botocore.exceptions
import urllib3
import urllib3.exceptions

from agentcore_backend.answer import AnswerReader
from agentcore_backend.failures import failure_before_answer, failure_within_answer
from agentcore_backend.workers import Workers

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_bedrock_agentcore.client import BedrockAgentCoreClient
    from mypy_boto3_bedrock_agentcore.type_defs import InvokeAgentRuntimeResponseTypeDef

READ_SIZE_MAX = 65536

logger = logging.getLogger(__name__)


class SdkTransport:
    """Asks agents through boto3."""

    def __init__(self, client: "BedrockAgentCoreClient", streams_max: int) -> None:
        self._client = client
        self._workers = Workers("agent", streams_max)
        self._streams_max = streams_max
        self._streams = 0

    @property
    def is_full(self) -> bool:
        """Whether a further stream would have to wait for a thread."""
        return self._streams >= self._streams_max

    async def close(self) -> None:
        """Take no more invocations; answers that are being read go on."""
        self._workers.close()

    async def answer(self, runtime_arn: str, session_id: str, prompt: str) -> AsyncGenerator[str, None]:
        """Invoke the runtime and yield the text of each event of its answer.

        Raises ``AgentFailure`` when the invocation fails, at once or midway.
        Whoever stops reading has to close the generator: that closes the connection to AgentCore.
        """
        self._streams += 1
        try:
            response = await self._invoke(runtime_arn, session_id, prompt)
            reader = AnswerReader(response["contentType"])
            body = _Body(response["response"], self._workers)
            try:
                while data := await body.read():
                    for text in reader.feed(data):
                        yield text
                for text in reader.end():
                    yield text
            finally:
                body.close()
        finally:
            self._streams -= 1

    async def _invoke(self, runtime_arn: str, session_id: str, prompt: str) -> "InvokeAgentRuntimeResponseTypeDef":
        call = self._workers.submit(
            self._client.invoke_agent_runtime,
            agentRuntimeArn=runtime_arn,
            runtimeSessionId=session_id,
            contentType="application/json",
            accept="text/event-stream, application/json",
            payload=json.dumps({"prompt": prompt}).encode(),
        )
        try:
            return await asyncio.wrap_future(call)
        except asyncio.CancelledError:
            call.add_done_callback(_close_unread)
            raise
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            failure = failure_before_answer(error)
            logger.warning("invocation refused: session=%s code=%s", session_id, failure.code)
            raise failure from error


class _Body:
    """The bytes of an answer, read in threads."""

    def __init__(self, body: "StreamingBody", workers: Workers) -> None:
        # entering a StreamingBody is botocore's public way to urllib3's response, which alone has read1 and shutdown
        self._raw = cast("urllib3.HTTPResponse", body.__enter__())
        self._workers = workers
        self._reading: Future[bytes] | None = None

    async def read(self) -> bytes:
        """Return what has arrived, waiting only when that is nothing; empty at the end of the answer."""
        self._reading = self._workers.submit(self._raw.read1, READ_SIZE_MAX)
        try:
            return await asyncio.wrap_future(self._reading)
        except urllib3.exceptions.HTTPError as error:
            raise failure_within_answer(error) from error

    def close(self) -> None:
        """Close the connection unless the answer ended, in which case it has gone back to its pool.

        Never blocks: a thread that is still reading is woken, and closes when it is out of ``read1``.
        """
        with suppress(OSError, RuntimeError, ValueError):
            self._raw.shutdown()
        if self._reading is None:
            self._raw.close()
        else:
            self._reading.add_done_callback(lambda _: self._raw.close())


def _close_unread(call: "Future[InvokeAgentRuntimeResponseTypeDef]") -> None:
    """Close an answer that arrived after its reader had left."""
    if not call.cancelled() and call.exception() is None:
        call.result()["response"].close()
