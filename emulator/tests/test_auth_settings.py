"""What an operator says about authorization, on the command line and in files."""

from pathlib import Path
from typing import Any

import pytest
from emulator_calls import invoke
from emulator_program import run_to_end, running

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig, AuthorizerConfigError
from agentcore_emulator.auth.settings import AuthMode, parse_access_key, read_auth
from agentcore_emulator.auth.sigv4_verify import AccessKey

DISCOVERY = "https://issuer.example/.well-known/openid-configuration"
AUTHORIZER = f"""
discoveryUrl = "{DISCOVERY}"
allowedClients = ["a"]
[[customClaims]]
inboundTokenClaimName = "groups"
inboundTokenClaimValueType = "STRING_ARRAY"
[customClaims.authorizingClaimMatchValue]
claimMatchOperator = "CONTAINS_ANY"
claimMatchValue = {{matchValueStringList = ["admins"]}}
"""


def test_program_asks_for_signatures_by_default() -> None:
    """Without an option, an unsigned request is refused; with `--auth off` it is answered."""
    for arguments, status in (("--auth", "permissive"), 403), (("--auth", "off"), 200):
        with running(*arguments, line_count=4) as program:
            assert invoke(program.port, program.lines[3].partition(": ")[2]).status == status
    assert read_auth("permissive", (), None, ()).mode is AuthMode.PERMISSIVE


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("AKID=abc/+=", ("AKID", AccessKey("abc/+="))),
        ("ASIA=secret:IQoJ//+==", ("ASIA", AccessKey("secret", "IQoJ//+=="))),
    ],
)
def test_access_key_of_the_command_line(text: str, key: tuple[str, AccessKey]) -> None:
    """An id, a secret, and for temporary credentials the session token."""
    assert parse_access_key(text) == key


def test_access_keys_of_a_file(tmp_path: Path) -> None:
    """A file has a table for each key."""
    file = tmp_path / "keys.toml"
    file.write_text('[AKID]\nsecret = "s"\n[ASIA]\nsecret = "t"\nsession_token = "u"\n')

    known = read_auth("strict", ("OTHER=o",), str(file), ()).access_keys
    assert known == {"AKID": AccessKey("s"), "ASIA": AccessKey("t", "u"), "OTHER": AccessKey("o")}


def test_secrets_are_not_shown() -> None:
    """What describes a key for people does not contain it."""
    assert "secret" not in repr(read_auth("strict", ("ID=secret:token",), None, ()))


def test_authorizer_of_a_file(tmp_path: Path) -> None:
    """The file says what the control plane's customJWTAuthorizer says."""
    file = tmp_path / "authorizer.toml"
    file.write_text(AUTHORIZER)

    found = read_auth("off", (), None, (f"travel={file}",)).authorizers["travel"]
    assert (found.discovery_url, found.clients) == (DISCOVERY, ("a",))
    assert [(claim.name, claim.array, claim.values) for claim in found.claims] == [("groups", True, ("admins",))]
    assert found.issuer_by_url == "https://issuer.example"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--auth", "strict"), "--auth strict lets nobody in without a known key; add --access-key"),
        (("--access-key", "hush-secret"), "--access-key must be given as ID=SECRET"),
        (("--access-keys", "/no/such/file"), "access keys: /no/such/file cannot be read"),
        (("--authorizer", "travel"), "--authorizer must be given as NAME=FILE.toml"),
        (("--authorizer", "travel=/no/such/file"), "authorizer 'travel': /no/such/file cannot be read"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(arguments: tuple[str, ...], reason: str) -> None:
    """One line on stderr says what is wrong, and contains no secret."""
    ended = run_to_end(*arguments)

    assert ended.returncode == 1
    assert reason in ended.stderr
    assert "hush" not in ended.stderr


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"discoveryUrl": DISCOVERY},
        {"discoveryUrl": "http://issuer.example/.well-known/openid-configuration", "allowedClients": ["a"]},
        {"discoveryUrl": "https://issuer.example/", "allowedClients": ["a"]},
        {"discoveryUrl": DISCOVERY, "allowedClients": []},
        {"discoveryUrl": DISCOVERY, "allowedClients": "a"},
        {"discoveryUrl": DISCOVERY, "allowedClients": ["a"], "customClaims": [{"inboundTokenClaimName": "x"}]},
        {"issuer": "https://issuer.example", "allowedClients": ["a"]},
        {"customJWTAuthorizer": "text"},
    ],
)
def test_configuration_that_is_none_is_refused(content: dict[str, Any]) -> None:
    """An authorizer needs a discovery URL that may be asked, and at least one condition."""
    with pytest.raises(AuthorizerConfigError):
        AuthorizerConfig.read(content)
