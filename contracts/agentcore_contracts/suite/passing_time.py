"""Time that has to go by at a target: advanced where it has a clock to advance, waited for where it has none."""

import json
import time
from typing import Final
from urllib.parse import urlsplit

from agentcore_contracts.http_client import Request, send
from agentcore_contracts.target import Target
from agentcore_contracts.verify import TargetUnavailable

STEP_S: Final = 10.0
"""The clock goes on in steps: a service that looks at its sessions every few seconds must get to look at them."""
SETTLE_S: Final = 0.05


def pass_time(target: Target, seconds: float) -> None:
    """Let that many seconds go by for the target's sessions.

    With the capability `clock` the target takes `POST {"advance_s": N}` at `clock_url`; real AWS is waited for.
    """
    url = target.extra.get("clock_url")
    if "clock" not in target.capabilities or not isinstance(url, str):
        time.sleep(seconds)
        return
    left_s = seconds
    while left_s > 0:
        _advance(url, min(STEP_S, left_s))
        left_s -= STEP_S
        time.sleep(SETTLE_S)


def _advance(url: str, seconds: float) -> None:
    parts = urlsplit(url)
    body = json.dumps({"advance_s": seconds}).encode()
    headers = (("Content-Type", "application/json"),)
    answer = send(Request("POST", f"{parts.scheme}://{parts.netloc}", parts.path, headers, body))
    if answer.status != 200:
        raise TargetUnavailable(f"the clock of the target did not advance:\n{answer.describe()}")
