"""Tags of runtimes and endpoints.

Source: service model bedrock-agentcore-control, read 2026-11-20 - documented; that the limit of a request is also
that of a resource is assumed
"""

from collections.abc import Mapping
from typing import Any, Final

from agentcore_emulator.control.context import Control
from agentcore_emulator.errors import ServiceQuotaExceededException

TAGS_MAX: Final = 50

Request = Mapping[str, Any]
Output = dict[str, Any]


def tag_resource(control: Control, request: Request) -> Output:
    """Adds tags; those that are there and not named stay.

    Raises:
        ServiceQuotaExceededException: the resource would have too many.
    """
    resource = control.resource(request["resourceArn"])
    merged = {**resource.tags, **request["tags"]}
    if len(merged) > TAGS_MAX:
        raise ServiceQuotaExceededException(f"A resource can have {TAGS_MAX} tags at most")
    resource.tags = merged
    return {}


def untag_resource(control: Control, request: Request) -> Output:
    """Removes tags; those that are not there do not matter."""
    resource = control.resource(request["resourceArn"])
    for key in request["tagKeys"]:
        resource.tags.pop(key, None)
    return {}


def list_tags_for_resource(control: Control, request: Request) -> Output:
    """All tags of a resource."""
    return {"tags": control.resource(request["resourceArn"]).tags}
