"""Idempotency: a request whose `clientToken` was seen before is answered as it was then, and does nothing.

Source: service model bedrock-agentcore-control, texts of clientToken, read 2026-11-20 - documented;
that another request with the same token is refused, and with which error, is assumed
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from agentcore_emulator.errors import ValidationException
from agentcore_emulator.protocol.serialize import Answer

TOKENS_MAX: Final = 10_000
MISMATCH: Final = "IdempotentParameterMismatchException"


class ClientTokens:
    """The answers to the latest requests that had a token."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], tuple[bytes, Answer]] = OrderedDict()

    def earlier(self, operation: str, request: Mapping[str, Any]) -> Answer | None:
        """The answer to the same request with the same token, if there was one.

        Raises:
            ValidationException: the token came with another request.
        """
        seen = self._seen.get((operation, request.get("clientToken", "")))
        if seen is None:
            return None
        if seen[0] != _fingerprint(request):
            raise ValidationException("The clientToken was used with other parameters", reason=MISMATCH)
        return seen[1]

    def keep(self, operation: str, request: Mapping[str, Any], answer: Answer) -> None:
        """Remembers the answer, if the request has a token; the oldest give way."""
        if "clientToken" not in request:
            return
        self._seen[operation, request["clientToken"]] = _fingerprint(request), answer
        if len(self._seen) > TOKENS_MAX:
            self._seen.popitem(last=False)


def _fingerprint(request: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).digest()
