"""The quotas over the admin API: shown, and set while the emulator runs."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from agentcore_emulator.core import Core
from agentcore_emulator.quotas import changed

_Limit = Annotated[float | None, Field(ge=0, allow_inf_nan=False, description="null is no limit")]


class QuotasView(BaseModel):
    """The account's quotas; a call that leaves one out leaves it as it is."""

    model_config = ConfigDict(extra="forbid")
    enabled: Annotated[bool, Field(description="false turns all of them off")] = True
    active_sessions: _Limit = None
    new_sessions_per_s: _Limit = None
    calls_per_s: _Limit = None
    payload_bytes: _Limit = None
    sync_timeout_s: _Limit = None
    stream_duration_s: _Limit = None


def quota_routes(core: Core) -> APIRouter:
    """`GET /quotas`, and `PUT` or `POST /quotas`."""
    router = APIRouter()

    @router.get("/quotas")
    async def quotas() -> QuotasView:
        """The quotas in force."""
        return QuotasView.model_validate(core.quotas.to_json())

    @router.put("/quotas")
    @router.post("/quotas", include_in_schema=False)
    async def set_quotas(values: QuotasView) -> QuotasView:
        """Sets what is named; rates begin afresh."""
        given = values.model_dump(exclude_unset=True)
        enabled = given.pop("enabled", core.quotas.quotas.enabled)
        core.quotas.set(replace(changed(core.quotas.quotas, given), enabled=enabled))
        return QuotasView.model_validate(core.quotas.to_json())

    return router
