"""Resource policies of runtimes and endpoints: kept and given back, not enforced.

Source: service model bedrock-agentcore-control, read 2026-11-20 - documented; that a policy must be a JSON object, and
that asking for a policy that is not there is an error, are assumed
"""

import json
from collections.abc import Mapping
from typing import Any

from agentcore_emulator.control.context import Control
from agentcore_emulator.errors import ResourceNotFoundException, ValidationException

Request = Mapping[str, Any]
Output = dict[str, Any]


def put_resource_policy(control: Control, request: Request) -> Output:
    """Sets the policy of a resource.

    Raises:
        ValidationException: the policy is not a JSON object.
    """
    resource = control.resource(request["resourceArn"])
    try:
        document = json.loads(request["policy"])
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ValidationException.of_field("policy", "Member must be a JSON object")
    resource.policy = request["policy"]
    return {"policy": resource.policy}


def get_resource_policy(control: Control, request: Request) -> Output:
    """The policy of a resource.

    Raises:
        ResourceNotFoundException: it has none.
    """
    policy = control.resource(request["resourceArn"]).policy
    if policy is None:
        raise ResourceNotFoundException(f"Resource {request['resourceArn']} has no resource policy")
    return {"policy": policy}


def delete_resource_policy(control: Control, request: Request) -> Output:
    """Removes the policy of a resource, if it has one."""
    control.resource(request["resourceArn"]).policy = None
    return {}
