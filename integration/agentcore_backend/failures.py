"""Why an agent did not answer: every way an invocation can fail, as one code, one sentence and one hint.

What AgentCore or the agent wrote about the failure is for the log, not for the caller: it may name accounts, hosts,
or what the agent was working on.
"""

from dataclasses import dataclass
from typing import Final

import botocore.exceptions
import urllib3.exceptions

SENTENCES: Final = {
    "AccessDeniedException": "access to the agent was denied",
    "AgentError": "the agent failed while it was answering",
    "AgentTimeout": "the agent said nothing for too long",
    "AgentUnreachable": "the agent cannot be reached",
    "AnswerNotStored": "the answer is complete but could not be stored",
    "InternalServerException": "the agent service had an internal error",
    "ResourceNotFoundException": "the agent does not exist",
    "RetryableConflictException": "the agent is busy with this chat",
    "RuntimeClientError": "the agent refused the request or failed before it answered",
    "ServiceQuotaExceededException": "the quota of the agent service is used up",
    "StreamInterrupted": "the answer broke off",
    "ThrottlingException": "the agent service gets too many requests",
    "ValidationException": "the agent service did not accept the request",
}
RETRYABLE: Final = {
    "AgentUnreachable",
    "InternalServerException",
    "RetryableConflictException",
    "ServiceUnavailableException",
    "ThrottlingException",
}


@dataclass
class AgentFailure(Exception):  # noqa: N818 - it is the agent's failure, not an error of this program
    """An invocation that did not end well."""

    code: str

    @property
    def message(self) -> str:
        """A sentence for people."""
        return SENTENCES.get(self.code, "the agent could not answer")

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed in a moment and can have had no effect so far."""
        return self.code in RETRYABLE

    def public(self) -> dict[str, str | bool]:
        """Return what the caller is shown."""
        return {"code": self.code, "message": self.message, "retryable": self.retryable}


def failure_before_answer(error: Exception) -> AgentFailure:
    """Return what it means that the call itself failed, with nothing of the answer seen."""
    if isinstance(error, botocore.exceptions.ClientError):
        return AgentFailure(error.response["Error"]["Code"])
    if isinstance(error, botocore.exceptions.ReadTimeoutError):
        return AgentFailure("AgentTimeout")
    return AgentFailure("AgentUnreachable")


def failure_within_answer(error: Exception) -> AgentFailure:
    """Return what it means that reading the answer failed; the agent may have acted, so nothing is retryable."""
    return AgentFailure(
        "AgentTimeout" if isinstance(error, urllib3.exceptions.ReadTimeoutError) else "StreamInterrupted"
    )
