"""Settings of the backend, read from the environment once, before anything is served."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

SDK = "sdk"
WEBSOCKET = "websocket"
TRANSPORTS = (SDK, WEBSOCKET)


class SettingsError(Exception):
    """The environment does not hold what the backend needs; the message is one line that says what to set."""


@dataclass(frozen=True)
class Settings:
    """All the backend is told from outside. AWS endpoints and credentials are boto3's business, not listed here."""

    region: str
    user_pool_id: str
    client_id: str
    issuer: str
    jwks_url: str
    sessions_table: str
    messages_table: str
    agents: Mapping[str, str]
    """Runtime ARN of each agent, by the name callers use."""
    transport: str = SDK
    """How agents are asked: ``sdk`` (boto3 over HTTP) or ``websocket`` (one socket for each session)."""
    streams_max: int = 100
    """Streams open at the same time; with the SDK each holds one thread."""
    agent_read_timeout_s: float = 300.0
    """Longest silence of an agent within a stream."""
    ping_interval_s: int = 15
    """Seconds between comments that keep proxies from closing a silent stream; 0 sends none."""
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables.

        Raises ``SettingsError`` when one is missing or makes no sense.
        """
        region = _required(env, "AWS_REGION")
        user_pool_id = _required(env, "COGNITO_USER_POOL_ID")
        issuer = env.get("COGNITO_ISSUER") or f"https://cognito-idp.{region}.amazonaws.com/{user_pool_id}"
        return cls(
            region=region,
            user_pool_id=user_pool_id,
            client_id=_required(env, "COGNITO_CLIENT_ID"),
            issuer=issuer,
            jwks_url=env.get("COGNITO_JWKS_URL") or f"{issuer}/.well-known/jwks.json",
            sessions_table=_required(env, "CHAT_SESSIONS_TABLE"),
            messages_table=_required(env, "CHAT_MESSAGES_TABLE"),
            agents=_agents(_required(env, "AGENT_RUNTIME_ARNS")),
            transport=_one_of(env, "AGENTCORE_TRANSPORT", TRANSPORTS),
            streams_max=_whole_number(env, "AGENT_STREAMS_MAX", cls.streams_max, least=1),
            agent_read_timeout_s=_whole_number(env, "AGENT_READ_TIMEOUT_S", int(cls.agent_read_timeout_s), least=1),
            ping_interval_s=_whole_number(env, "SSE_PING_INTERVAL_S", cls.ping_interval_s, least=0),
            log_level=_log_level(env.get("LOG_LEVEL") or cls.log_level),
        )


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise SettingsError(f"environment variable {name} is not set")
    return value


def _agents(text: str) -> Mapping[str, str]:
    try:
        agents = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"environment variable AGENT_RUNTIME_ARNS is not JSON: {error}") from error
    well_formed = isinstance(agents, dict) and all(isinstance(arn, str) and arn for arn in agents.values())
    if not agents or not well_formed:
        raise SettingsError(
            "environment variable AGENT_RUNTIME_ARNS has to be a JSON object: agent name to runtime ARN"
        )
    return {str(name): str(arn) for name, arn in agents.items()}


def _one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = env.get(name) or choices[0]
    if value not in choices:
        raise SettingsError(f"environment variable {name} has to be {' or '.join(choices)}, not {value!r}")
    return value


def _whole_number(env: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise SettingsError(f"environment variable {name} has to be a whole number of at least {least}, not {text!r}")
    return int(text)


def _log_level(text: str) -> str:
    level = text.upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingsError(f"environment variable LOG_LEVEL has to be DEBUG, INFO, WARNING or ERROR, not {text!r}")
    return level
