"""Errors of the imitated service, in the form that each protocol gives them."""

import json
from typing import Final

from defects import Defect
from imitated_agent import Answer

A2A_CODES: Final = {404: -32051, 400: -32052, 402: -32053, 429: -32053, 409: -32054, 424: -32055}


class ServiceError(Exception):
    """An answer of the service itself."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message


def error_answer(error: ServiceError, protocol: str, defect: Defect | None) -> Answer:
    """The error as a caller of that protocol sees it."""
    if protocol == "A2A" and defect is not Defect.A2A_ERROR_NOT_JSON_RPC:
        limited = error.status == 402 and defect is not Defect.QUOTA_IS_402_ON_A2A
        status = 200 if defect is Defect.A2A_ERROR_IS_200 and error.status != 402 else error.status
        return _json_rpc(429 if limited else status, A2A_CODES[error.status], error.message)
    if protocol == "MCP" and error.status == 424 and defect is not Defect.MCP_ERROR_PASSED_THROUGH:
        return _json_rpc(200, -32603 if defect is Defect.MCP_ERROR_CODE_WRONG else -32010, error.message)
    limited = protocol != "HTTP" and error.status == 402 and defect is not Defect.QUOTA_IS_402_ON_AGUI
    body = error.message if defect is Defect.ERROR_NOT_JSON else json.dumps({"message": error.message})
    headers = {"content-type": "application/json", "x-amzn-ErrorType": error.error_type}
    if defect is Defect.ERROR_WITHOUT_TYPE:
        del headers["x-amzn-ErrorType"]
    return Answer(429 if limited else error.status, headers, iter([body.encode()]))


def _json_rpc(status: int, code: int, message: str) -> Answer:
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
    return Answer(status, {"content-type": "application/json"}, iter([json.dumps(body).encode()]))
