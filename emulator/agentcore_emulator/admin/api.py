"""The admin API, as FastAPI; its OpenAPI document is at `/_emulator/openapi.json`."""

from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from agentcore_emulator.admin.quotas import quota_routes
from agentcore_emulator.clock import ADVANCE_S_MAX
from agentcore_emulator.core import Core

PREFIX = "/_emulator"


class Problem(BaseModel):
    """Why a call was refused."""

    message: str


class Health(BaseModel):
    """What the emulator says of itself when it is ready."""

    status: Literal["ready"]
    version: str
    now: datetime
    runtimes: int
    sessions: int


class RuntimeView(BaseModel):
    """One runtime."""

    name: str
    arn: str
    id: str
    qualifiers: list[str]
    kind: Literal["live", "scripted"]
    bound_to: str


class Runtimes(BaseModel):
    """Every runtime there is."""

    runtimes: list[RuntimeView]


class JournalView(BaseModel):
    """The latest invocations, oldest first."""

    invocations: list[dict[str, Any]]


class Advance(BaseModel):
    """By how much to move the clock."""

    model_config = ConfigDict(extra="forbid")
    advance_s: Annotated[float, Field(ge=0, le=ADVANCE_S_MAX, allow_inf_nan=False)]


class Now(BaseModel):
    """What the clock reads."""

    now: datetime


def create_admin(core: Core) -> FastAPI:
    """The admin API of that emulator."""
    app = FastAPI(
        title="agentcore-emulator",
        version=version("agentcore-harness"),
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(_routes(core))
    app.include_router(quota_routes(core), prefix=PREFIX)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_refused)
    return app


def _routes(core: Core) -> APIRouter:
    router = APIRouter(prefix=PREFIX, responses={403: {"model": Problem}, 422: {"model": Problem}})

    @router.get("/health")
    async def health() -> Health:
        """Answers when the emulator is ready."""
        return Health(
            status="ready",
            version=version("agentcore-harness"),
            now=core.clock.wall(),
            runtimes=len(core.registry.all()),
            sessions=len(core.sessions),
        )

    @router.get("/runtimes", response_model=Runtimes)
    async def runtimes() -> JSONResponse:
        """Every runtime with its ARN."""
        return JSONResponse({"runtimes": [runtime.to_json() for runtime in core.registry.all()]})

    @router.get("/journal", response_model=JournalView)
    async def journal(
        runtime: Annotated[str | None, Query(description="name or ARN")] = None,
        session_id: Annotated[str | None, Query()] = None,
    ) -> JSONResponse:
        """What the emulator saw and sent, without payloads and without tokens."""
        found = core.journal.find(runtime, session_id)
        return JSONResponse({"invocations": [invocation.to_json() for invocation in found]})

    @router.post("/reset")
    async def reset() -> dict[str, str]:
        """Ends all sessions and empties the journal."""
        await core.reset()
        return {"status": "reset"}

    @router.post("/clock")
    async def clock(advance: Advance) -> Now:
        """Moves the emulator's one clock forward; what became due has been carried out when this answers."""
        await core.sessions.advance(advance.advance_s)
        return Now(now=core.clock.wall())

    return router


async def _invalid(request: Request, failure: RequestValidationError) -> JSONResponse:  # noqa: ARG001 - FastAPI's signature
    reasons = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in failure.errors()]
    return JSONResponse({"message": "; ".join(reasons)}, status_code=422)


async def _refused(request: Request, failure: HTTPException) -> JSONResponse:  # noqa: ARG001 - FastAPI's signature
    return JSONResponse({"message": failure.detail}, status_code=failure.status_code, headers=failure.headers)
