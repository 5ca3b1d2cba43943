"""A live agent on the AgentCore SDK: greets a new colleague in five steps, and fails on request.

Each step is an event ``{"step": n, "of": 5, "text": "…"}``, 125 ms after the one before, and repeats the prompt's
marker (``marker:WORD``), so that whoever asked recognises the answer to their own question.
A prompt with ``[refuse]`` in it fails before the first event, one with ``[break]`` after the second.

Over HTTP the SDK frames the events. On a WebSocket each message is one JSON text, question after question:

    caller ▶ agent   {"prompt": "…"}
    agent ▶ caller   {"step": 1, "of": 5, "text": "…"} …                the events, as over HTTP
    agent ▶ caller   {"end": true}                                      the answer is complete
    agent ▶ caller   {"error": "…", "error_type": "…", "message": "…"}  or it failed; the next question may come
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

from bedrock_agentcore import BedrockAgentCoreApp
from starlette.websockets import WebSocket

STEPS = ("Welcome", "Your accounts are ready", "Meet your team", "Read the handbook", "Have a good start")
STEP_S = 0.125
STEPS_BEFORE_BREAK = 2

app = BedrockAgentCoreApp()


class OnboardingError(Exception):
    """The failure a prompt asked for."""


@app.entrypoint
async def invoke(payload: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Answer one prompt."""
    prompt = str(payload.get("prompt", ""))
    if "[refuse]" in prompt:
        raise OnboardingError("the prompt asked to be refused")
    return _steps(prompt)


@app.websocket
async def converse(socket: WebSocket, _context: object) -> None:
    """Answer prompts until the caller leaves."""
    await socket.accept()
    async for message in socket.iter_text():
        await _answer(socket, json.loads(message))


async def _answer(socket: WebSocket, payload: dict[str, Any]) -> None:
    try:
        async for event in await invoke(payload):
            await socket.send_json(event)
    except OnboardingError as error:
        failure = {"error": str(error), "error_type": type(error).__name__, "message": "An error occurred"}
        await socket.send_json(failure)
    else:
        await socket.send_json({"end": True})


async def _steps(prompt: str) -> AsyncIterator[dict[str, Any]]:
    marker = re.search(r"marker:(\w+)", prompt)
    for number, step in enumerate(STEPS, start=1):
        if number > STEPS_BEFORE_BREAK and "[break]" in prompt:
            raise OnboardingError("the prompt asked for a break")
        if number > 1:
            await asyncio.sleep(STEP_S)
        text = f"{step}, {marker[1]}. " if marker else f"{step}. "
        yield {"step": number, "of": len(STEPS), "text": text}


if __name__ == "__main__":
    app.run()
