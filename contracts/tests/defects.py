"""The defects that the imitated data plane can have: each is one way of not being AgentCore."""

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Final


class Defect(StrEnum):
    """One way of not being AgentCore."""

    BODY_ALTERED = auto()
    OUTER_PATH_PASSED_ON = auto()
    BARE_ID_REFUSED = auto()
    BARE_ID_WITHOUT_ACCOUNT_ACCEPTED = auto()
    NO_GENERATED_ID_RETURNED = auto()
    GENERATED_ID_TOO_SHORT = auto()
    GENERATED_ID_HIDDEN_FROM_AGENT = auto()
    ID_NOT_RETURNED = auto()
    ID_OF_32_ACCEPTED = auto()
    ID_OF_257_ACCEPTED = auto()
    ID_OF_33_REFUSED = auto()
    ID_OF_256_REFUSED = auto()
    ERROR_WITHOUT_TYPE = auto()
    ERROR_NOT_JSON = auto()
    ONE_PROCESS_FOR_ALL = auto()
    NEW_PROCESS_EACH_TIME = auto()
    STATE_NOT_KEPT = auto()
    STATUS_PASSED_THROUGH = auto()
    STATUS_NOT_NAMED = auto()
    AGENT_BODY_LEAKED = auto()
    AGENT_BODY_IN_NEXT_ANSWER = auto()
    START_FAILURE_IS_500 = auto()
    START_FAILURE_NOT_NAMED = auto()
    UNKNOWN_QUALIFIER_ACCEPTED = auto()
    UNKNOWN_ARN_IS_400 = auto()
    QUALIFIER_NOT_NAMED = auto()
    STREAM_BUFFERED = auto()
    STREAM_ONE_EVENT_LATE = auto()
    STREAM_ERROR_IS_424 = auto()
    STREAM_CUT_AT_ERROR = auto()
    STREAM_ERROR_SWALLOWED = auto()
    CONTENT_TYPE_PARAMETERS_DROPPED = auto()
    CONTENT_TYPE_FIXED = auto()
    VERSION_OF_ENDPOINT_MOVES = auto()
    DEFAULT_KEEPS_ITS_VERSION = auto()
    RUNNING_SESSION_REPLACED = auto()
    CONFLICT_NOT_RETRYABLE = auto()
    CONFLICT_NOT_EXPLAINED = auto()
    SECOND_OPERATION_WAITS = auto()
    STOP_LEAVES_STREAM = auto()
    STOP_KEEPS_PROCESS = auto()
    STOP_WITHOUT_ID = auto()
    STOP_OF_UNKNOWN_IS_200 = auto()
    IDLE_NEVER_ENDS = auto()
    BUSY_ENDS_WHEN_IDLE = auto()
    ADVANCING_ENDS_WHEN_IDLE = auto()
    LIFETIME_NOT_FOR_BUSY = auto()
    LIFETIME_RESTARTS = auto()
    UNLISTED_HEADER_PASSES = auto()
    LISTED_HEADER_DROPPED = auto()
    LISTED_HEADER_BY_CASE = auto()
    AUTHORIZATION_PASSES = auto()
    RESERVED_NAME_LISTED = auto()
    STDERR_IN_STDOUT = auto()
    EXIT_CODE_LOST = auto()
    FILES_OUT_OF_SIGHT = auto()
    TIMEOUT_IS_COMPLETED = auto()
    COMMAND_NOT_FRAMED = auto()
    QUOTA_IS_429 = auto()
    QUOTA_NOT_NAMED = auto()
    QUOTA_IGNORED = auto()
    QUOTA_IS_402_ON_A2A = auto()
    QUOTA_IS_402_ON_AGUI = auto()
    A2A_PATH_PASSED_ON = auto()
    CARD_NOT_FOUND = auto()
    A2A_ERROR_NOT_JSON_RPC = auto()
    A2A_ERROR_IS_200 = auto()
    MCP_SESSION_NOT_RETURNED = auto()
    MCP_SESSION_NOT_KEPT = auto()
    MCP_SESSION_HIDDEN_FROM_AGENT = auto()
    MCP_ERROR_PASSED_THROUGH = auto()
    MCP_ERROR_CODE_WRONG = auto()


LIMITS_OF_ID: Final[Mapping[Defect | None, tuple[int, int]]] = {
    Defect.ID_OF_32_ACCEPTED: (32, 256),
    Defect.ID_OF_257_ACCEPTED: (33, 257),
    Defect.ID_OF_33_REFUSED: (34, 256),
    Defect.ID_OF_256_REFUSED: (33, 255),
}
