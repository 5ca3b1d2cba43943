"""How strictly callers are looked at, which keys are known, which runtimes of the command line ask for tokens."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig, AuthorizerConfigError
from agentcore_emulator.auth.sigv4_verify import AccessKey
from agentcore_emulator.errors import UsageError


class AuthMode(StrEnum):
    """What is asked of a request that must be signed; a runtime with a JWT authorizer asks for a token in any mode."""

    PERMISSIVE = "permissive"
    """A well-formed signature must be there, and a presigned one not be expired; no key is known."""
    STRICT = "strict"
    """The signature must be that of a known key."""
    OFF = "off"
    """Signatures are not looked at."""


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """Everything about authorization that an operator can set."""

    mode: AuthMode = AuthMode.PERMISSIVE
    access_keys: Mapping[str, AccessKey] = field(default_factory=dict)
    """By access key id; looked at in strict mode only."""
    authorizers: Mapping[str, AuthorizerConfig] = field(default_factory=dict)
    """By name of the runtime, for runtimes that no API call has configured."""


def read_auth(mode: str, keys: Iterable[str], key_file: str | None, authorizers: Iterable[str]) -> AuthSettings:
    """The settings that the options of the command line mean.

    Args:
        keys: `ID=SECRET` or `ID=SECRET:SESSION_TOKEN`.
        key_file: TOML with a table for each id: `[ID]`, `secret = "…"`, `session_token = "…"`.
        authorizers: `NAME=FILE.toml`.

    Raises:
        UsageError: one of them is not usable; the text names it, and no secret.
    """
    known = dict(parse_access_key(text) for text in keys)
    if key_file is not None:
        file = Path(key_file).expanduser()
        known |= _keys_of(_toml(file, "access keys"), file)
    chosen = AuthMode(mode)
    if chosen is AuthMode.STRICT and not known:
        raise UsageError("--auth strict lets nobody in without a known key; add --access-key ID=SECRET")
    return AuthSettings(chosen, known, dict(parse_authorizer(text) for text in authorizers))


def parse_access_key(text: str) -> tuple[str, AccessKey]:
    """The id and the key that `ID=SECRET[:SESSION_TOKEN]` means.

    Raises:
        UsageError: the text has another form.
    """
    key_id, _, rest = text.partition("=")
    secret, colon, token = rest.partition(":")
    if not key_id or not secret or (colon and not token):
        raise UsageError("--access-key must be given as ID=SECRET or ID=SECRET:SESSION_TOKEN")
    return key_id, AccessKey(secret, token or None)


def parse_authorizer(text: str) -> tuple[str, AuthorizerConfig]:
    """The runtime's name and the authorizer that `NAME=FILE.toml` means.

    Raises:
        UsageError: the text has another form, or the file holds no authorizer.
    """
    name, _, path = text.partition("=")
    if not name or not path:
        raise UsageError(f"--authorizer must be given as NAME=FILE.toml, found '{text}'")
    file = Path(path).expanduser()
    try:
        return name, AuthorizerConfig.read(_toml(file, f"authorizer '{name}'"))
    except AuthorizerConfigError as failure:
        raise UsageError(f"authorizer '{name}': {file}: {failure}") from failure


def _keys_of(content: Mapping[str, Any], file: Path) -> dict[str, AccessKey]:
    keys = {}
    for key_id, table in content.items():
        found = table if isinstance(table, dict) else {}
        secret, token = found.get("secret"), found.get("session_token")
        if not isinstance(secret, str) or not secret or not isinstance(token, str | None) or token == "":
            raise UsageError(f'access keys: {file}: [{key_id}] needs secret = "…", and may have session_token')
        keys[key_id] = AccessKey(secret, token)
    return keys


def _toml(file: Path, what: str) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as failure:
        raise UsageError(f"{what}: {file} cannot be read: {failure.strerror}") from failure
    except ValueError as failure:
        raise UsageError(f"{what}: {file} is not TOML: {type(failure).__name__}") from failure
