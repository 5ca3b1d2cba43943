"""An agent that takes two seconds to start, and then answers any payload. Deploy it as runtime `slow`."""

import os
import time
from typing import Any

from bedrock_agentcore import BedrockAgentCoreApp

START_S = 2

app = BedrockAgentCoreApp()


@app.entrypoint
def invoke(payload: dict[str, Any]) -> dict[str, int]:
    """Say which process this is."""
    del payload
    return {"pid": os.getpid()}


time.sleep(START_S)

if __name__ == "__main__":
    app.run()
