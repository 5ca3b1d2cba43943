"""The program: ``uvicorn agentcore_backend.app:create_app --factory``.

AWS clients are made here, once, before the first request: making one costs as much as hundreds of calls.
"""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import boto3
from botocore.config import Config
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from agentcore_backend.auth import RequireToken, TokenVerifier
from agentcore_backend.errors import ApiError, InvalidRequest, error_body
from agentcore_backend.invocation import Background, Invoker
from agentcore_backend.jwks import KeySet
from agentcore_backend.routes import Services, router
from agentcore_backend.settings import Settings, SettingsError
from agentcore_backend.store import ChatStore
from agentcore_backend.transports.build import build_transport
from agentcore_backend.workers import Workers

STORE_THREADS = 16
PUBLIC_PATHS = frozenset({"/health"})
CODES_BY_STATUS = {404: "not_found", 405: "method_not_allowed"}


def create_app() -> FastAPI:
    """Build the program from the environment; end it with one line on stderr when the environment is not complete."""
    try:
        settings = Settings.from_env(os.environ)
        services = build_services(settings)
    except SettingsError as error:
        raise SystemExit(f"agentcore_backend: {error}") from None
    _log_to_stderr(settings.log_level)
    return build_app(services, build_verifier(settings))


def build_app(services: Services, verifier: TokenVerifier) -> FastAPI:
    """Build the program from its parts."""
    app = FastAPI(title="Chat backend", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.services = services
    app.add_middleware(RequireToken, verifier=verifier, public_paths=PUBLIC_PATHS)
    app.add_exception_handler(ApiError, _answer_api_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(Exception, _answer_unforeseen)
    app.include_router(router)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


def build_verifier(settings: Settings) -> TokenVerifier:
    """Make what tells good tokens from others."""
    return TokenVerifier(KeySet(settings.jwks_url), settings.issuer, settings.client_id)


def build_services(settings: Settings) -> Services:
    """Make the AWS clients and what works with them. Raises ``SettingsError`` when the transport cannot be made."""
    session = boto3.Session(region_name=settings.region)
    dynamodb = session.client(
        "dynamodb",
        config=Config(
            connect_timeout=3, read_timeout=5, max_pool_connections=STORE_THREADS, retries={"mode": "standard"}
        ),
    )
    store = ChatStore(dynamodb, settings.sessions_table, settings.messages_table)
    workers = Workers("store", STORE_THREADS)
    agents = build_transport(settings, session)
    background = Background()
    return Services(settings, store, workers, agents, Invoker(agents, store, workers, background), background)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    yield
    await services.background.finish()
    await services.agents.close()
    services.workers.close()


async def _answer_api_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101 - this handler is registered for ApiError only
    return JSONResponse(error.body(), error.status, error.headers)


async def _answer_invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for RequestValidationError only
    # where and why, but not what was sent
    reasons = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
    return JSONResponse(InvalidRequest("; ".join(reasons)).body(), InvalidRequest.status)


async def _answer_http_exception(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - this handler is registered for HTTPException only
    code = CODES_BY_STATUS.get(error.status_code, "http_error")
    return JSONResponse(error_body(code, str(error.detail)), error.status_code, error.headers)


async def _answer_unforeseen(_: Request, error: Exception) -> JSONResponse:
    del error  # the server logs it; the caller learns nothing of it
    return JSONResponse(error_body("internal_error", "something went wrong; try again later"), 500)


def _log_to_stderr(level: str) -> None:
    """Log this program's own lines. Nobody else's: boto3 and sse-starlette log payloads at level DEBUG."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("agentcore_backend")
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False
