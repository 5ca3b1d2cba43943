"""The backend's settings: what the environment has to hold, and how it is told when something is wrong."""

import re

import pytest

from agentcore_backend.settings import Settings, SettingsError

COMPLETE = {
    "AWS_REGION": "ap-southeast-2",
    "COGNITO_USER_POOL_ID": "ap-southeast-2_TestPool1",
    "COGNITO_CLIENT_ID": "3n4b5urk1ft4fl3mg5e62d9ado",
    "CHAT_SESSIONS_TABLE": "ai4ai-chat-sessions",
    "CHAT_MESSAGES_TABLE": "ai4ai-chat-messages",
    "AGENT_RUNTIME_ARNS": '{"onboarding": "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/a-1"}',
}


def test_defaults_follow_from_the_pool() -> None:
    """Issuer and JWKS URL are those of the real pool unless something else is said."""
    settings = Settings.from_env(COMPLETE)
    issuer = "https://cognito-idp.ap-southeast-2.amazonaws.com/ap-southeast-2_TestPool1"
    assert (issuer, f"{issuer}/.well-known/jwks.json") == (settings.issuer, settings.jwks_url)


def test_given_urls_win() -> None:
    """Issuer and JWKS URL can be redirected, each on its own."""
    settings = Settings.from_env({**COMPLETE, "COGNITO_JWKS_URL": "http://127.0.0.1:1/jwks"})
    assert settings.jwks_url == "http://127.0.0.1:1/jwks"
    assert settings.issuer.startswith("https://cognito-idp.")


def test_transport_is_the_sdk_unless_said() -> None:
    """Agents are asked over the SDK; a setting names the other transport."""
    assert Settings.from_env(COMPLETE).transport == "sdk"
    assert Settings.from_env({**COMPLETE, "AGENTCORE_TRANSPORT": "websocket"}).transport == "websocket"


@pytest.mark.parametrize("name", COMPLETE)
def test_missing_variable_is_named(name: str) -> None:
    """A variable that is missing, or blank, is named in one line."""
    for env in ({**COMPLETE, name: " "}, {key: value for key, value in COMPLETE.items() if key != name}):
        with pytest.raises(SettingsError, match=f"^environment variable {name} is not set$"):
            Settings.from_env(env)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AGENT_RUNTIME_ARNS", "{"),
        ("AGENT_RUNTIME_ARNS", "{}"),
        ("AGENT_RUNTIME_ARNS", '["arn"]'),
        ("AGENT_RUNTIME_ARNS", '{"onboarding": 7}'),
        ("AGENT_STREAMS_MAX", "0"),
        ("AGENT_READ_TIMEOUT_S", "soon"),
        ("SSE_PING_INTERVAL_S", "-1"),
        ("SSE_PING_INTERVAL_S", "²"),
        ("LOG_LEVEL", "loud"),
        ("AGENTCORE_TRANSPORT", "WEBSOCKET"),
    ],
)
def test_senseless_variable_is_named(name: str, value: str) -> None:
    """A value that makes no sense is refused with the variable's name, in one line."""
    with pytest.raises(SettingsError, match=re.escape(name)) as refusal:
        Settings.from_env({**COMPLETE, name: value})
    assert "\n" not in str(refusal.value)
