"""Runtimes with a JWT authorizer: which tokens let a caller in, and what the others are told."""

import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from emulator_calls import Answer, admin, call, invocations_path, invoke, script
from signed_requests import presigned, send, signed
from token_issuer import AUDIENCE, CLIENT, Issuer, ec_key, public_jwk

from agentcore_emulator.auth.authorizer_config import AuthorizerConfig
from agentcore_emulator.auth.settings import AuthMode, AuthSettings
from agentcore_emulator.server import Emulator
from agentcore_emulator.settings import Settings

IMAGE = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/made:1"
MISMATCH = "Claim '{}' value mismatch with configuration."


def claim(name: str, kind: str, operator: str, value: str | list[str]) -> dict[str, Any]:
    """One custom claim, as the control plane takes it."""
    form = "matchValueString" if isinstance(value, str) else "matchValueStringList"
    match = {"claimMatchValue": {form: value}, "claimMatchOperator": operator}
    return {"inboundTokenClaimName": name, "inboundTokenClaimValueType": kind, "authorizingClaimMatchValue": match}


CONDITIONS: dict[str, dict[str, Any]] = {
    "clients": {"allowedClients": [CLIENT, "another"]},
    "audience": {"allowedAudience": ["other-api", AUDIENCE]},
    "scopes": {"allowedScopes": ["travel/admin", "travel/read"], "advertisedScopeMapping": {"travel/read": "read"}},
    "equals": {"customClaims": [claim("tenant", "STRING", "EQUALS", "acme")]},
    "contains": {"customClaims": [claim("tenant", "STRING", "CONTAINS", "cm")]},
    "one_of_array": {"customClaims": [claim("groups", "STRING_ARRAY", "CONTAINS", "admins")]},
    "any_of_array": {"customClaims": [claim("groups", "STRING_ARRAY", "CONTAINS_ANY", ["admins", "staff"])]},
    "all": {"allowedClients": [CLIENT], "allowedAudience": [AUDIENCE], "allowedScopes": ["travel/read"]},
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The identity provider of all runtimes here."""
    with Issuer() as serving:
        yield serving


@pytest.fixture(scope="module")
def emulator(issuer: Issuer) -> Iterator[Emulator]:
    """A runtime for each condition, and one, `signed`, without an authorizer."""
    authorizers = {
        name: AuthorizerConfig.read({"customJWTAuthorizer": {"discoveryUrl": issuer.discovery_url, **conditions}})
        for name, conditions in CONDITIONS.items()
    }
    scenarios = tuple(script(name, 0) for name in (*CONDITIONS, "signed"))
    auth = AuthSettings(AuthMode.PERMISSIVE, authorizers=authorizers)
    with Emulator(Settings(scenarios=scenarios, auth=auth)) as serving:
        yield serving


def ask(emulator: Emulator, runtime: str, token: str) -> Answer:
    """An invocation with that token."""
    return invoke(emulator.port, emulator.runtime(runtime).arn, Authorization=f"Bearer {token}")


@pytest.mark.parametrize(
    ("runtime", "claims"),
    [
        ("clients", {}),
        ("clients", {"aud": None, "scope": None}),
        ("audience", {"client_id": None}),
        ("audience", {"aud": ["first", AUDIENCE]}),
        ("scopes", {}),
        ("scopes", {"scope": None, "scp": ["x", "travel/admin"]}),
        ("scopes", {"scope": None, "scp": "x travel/admin"}),
        ("equals", {"tenant": "acme"}),
        ("contains", {"tenant": "acme"}),
        ("one_of_array", {"groups": ["x", "admins"]}),
        ("any_of_array", {"groups": ["staff"]}),
        ("all", {}),
        ("all", {"nbf": 0, "iat": None}),
    ],
)
def test_token_that_fulfils_the_conditions_passes(
    emulator: Emulator, issuer: Issuer, runtime: str, claims: dict[str, Any]
) -> None:
    """A good token whose claims are those configured is let in; what is not configured is not looked at."""
    assert ask(emulator, runtime, issuer.token(**claims)).status == 200


@pytest.mark.parametrize(
    ("runtime", "claims", "message"),
    [
        ("clients", {"client_id": "stranger"}, MISMATCH.format("client_id")),
        ("clients", {"client_id": None}, MISMATCH.format("client_id")),
        ("clients", {"client_id": [CLIENT]}, MISMATCH.format("client_id")),
        ("audience", {"aud": "stranger"}, MISMATCH.format("aud")),
        ("audience", {"aud": None}, MISMATCH.format("aud")),
        ("audience", {"aud": {AUDIENCE: 1}}, MISMATCH.format("aud")),
        ("scopes", {"scope": "travel/readx"}, MISMATCH.format("scope")),
        ("scopes", {"scope": "TRAVEL/READ"}, MISMATCH.format("scope")),
        ("scopes", {"scope": None}, MISMATCH.format("scope")),
        ("equals", {"tenant": "acme2"}, f"Authorization denied. {MISMATCH.format('tenant')}"),
        ("equals", {"tenant": ["acme"]}, f"Authorization denied. {MISMATCH.format('tenant')}"),
        ("contains", {"tenant": "other"}, f"Authorization denied. {MISMATCH.format('tenant')}"),
        ("one_of_array", {"groups": "admins"}, f"Authorization denied. {MISMATCH.format('groups')}"),
        ("any_of_array", {"groups": []}, f"Authorization denied. {MISMATCH.format('groups')}"),
        ("all", {"aud": "stranger"}, MISMATCH.format("aud")),
        ("all", {"iss": "https://issuer.example"}, MISMATCH.format("iss")),
        ("all", {"iss": None}, MISMATCH.format("iss")),
    ],
)
def test_token_that_does_not_fulfil_a_condition_is_refused(
    emulator: Emulator, issuer: Issuer, runtime: str, claims: dict[str, Any], message: str
) -> None:
    """A good token with other claims gets 401, and is told which claim."""
    answer = ask(emulator, runtime, issuer.token(**claims))

    assert answer.error == (401, "UnauthorizedException")
    assert answer.json() == {"message": message}


def test_elliptic_keys_are_taken_too(emulator: Emulator, issuer: Issuer) -> None:
    """ES256 is as good as RS256."""
    token = jwt.encode(issuer.claims(), ec_key("elliptic"), "ES256", {"kid": "elliptic"})

    assert ask(emulator, "all", token).status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer  "}]
)
def test_without_a_token_the_caller_is_told_where_to_get_one(emulator: Emulator, headers: dict[str, str]) -> None:
    """401 with a challenge, whose URL answers without authorization and names the issuer."""
    arn = emulator.runtime("all").arn
    answer = invoke(emulator.port, arn, **headers)

    assert answer.error == (401, "UnauthorizedException")
    path = invocations_path(arn, "/.well-known/oauth-protected-resource?qualifier=DEFAULT")
    assert answer.headers["www-authenticate"] == f'Bearer resource_metadata="{emulator.url}{path}"'


def test_advertised_scopes_stand_in_the_challenge(emulator: Emulator) -> None:
    """Callers are told the scopes by the names that they are to ask for."""
    challenge = invoke(emulator.port, emulator.runtime("scopes").arn).headers["www-authenticate"]

    assert challenge.endswith('?qualifier=DEFAULT", scope="travel/admin read"')


def test_protected_resource_names_issuer_and_scopes(emulator: Emulator, issuer: Issuer) -> None:
    """The metadata of RFC 9728 is there for everybody, also for a runtime that was given on the command line."""
    path = invocations_path(emulator.runtime("scopes").arn, "/.well-known/oauth-protected-resource")
    answer = call(emulator.port, "GET", path)

    assert answer.status == 200
    document = answer.json()
    assert document["authorization_servers"] == [issuer.issuer]
    assert document["scopes_supported"] == ["travel/admin", "read"]


@pytest.mark.parametrize("operation", ["invocations", "stopruntimesession"])
def test_signature_on_a_token_runtime_is_the_wrong_method(emulator: Emulator, operation: str) -> None:
    """SigV4 where a token is asked for: 403 AccessDeniedException, in the service's words."""
    path = invocations_path(emulator.runtime("all").arn).replace("invocations", operation)
    for request in (signed(path), presigned(path, "POST")):
        answer = send(emulator.port, request)
        assert answer.error == (403, "AccessDeniedException")
        assert answer.json()["message"].startswith("Authorization method mismatch.")


def test_stop_takes_a_token(emulator: Emulator, issuer: Issuer) -> None:
    """A session of such a runtime is stopped with the same token."""
    path = invocations_path(emulator.runtime("all").arn).replace("invocations", "stopruntimesession")
    headers = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "s" * 40, "Authorization": f"Bearer {issuer.token()}"}

    assert call(emulator.port, "POST", path, b"{}", headers).error == (404, "ResourceNotFoundException")


def test_times_of_a_token_go_by_the_clock(issuer: Issuer) -> None:
    """A token expires, and becomes valid, as the emulator's clock moves; one issued after the jump is fresh."""
    authorizer = AuthorizerConfig.read({"discoveryUrl": issuer.discovery_url, "allowedClients": [CLIENT]})
    settings = Settings(scenarios=(script("a", 0),), auth=AuthSettings(authorizers={"a": authorizer}))
    with Emulator(settings) as emulator:
        now = issuer.claims()["iat"]
        early, short = (issuer.token(iat=now - 2, **claims) for claims in ({"nbf": now + 100}, {"exp": now + 100}))
        assert [ask(emulator, "a", token).status for token in (early, short)] == [401, 200]
        admin(emulator.port, "clock", {"advance_s": 150})
        assert [ask(emulator, "a", token).status for token in (early, short)] == [200, 401]
        assert ask(emulator, "a", issuer.token(iat=now + 1, exp=now + 101)).status == 200


def test_issuer_may_differ_from_its_url(issuer: Issuer) -> None:
    """As with Cognito's imitation by moto: the issuer is what the discovery document says, or what the file says."""
    with Issuer() as elsewhere:
        elsewhere.issuer = "https://cognito-idp.ap-southeast-2.amazonaws.com/ap-southeast-2_TestPool1"
        documented = {"discoveryUrl": elsewhere.discovery_url, "allowedClients": [CLIENT]}
        given = {"issuer": elsewhere.issuer, "jwks_url": f"{elsewhere.url}/jwks.json", "allowedClients": [CLIENT]}
        authorizers = {"a": AuthorizerConfig.read(documented), "b": AuthorizerConfig.read(given)}
        settings = Settings(scenarios=(script("a", 0), script("b", 0)), auth=AuthSettings(authorizers=authorizers))
        with Emulator(settings) as emulator:
            assert [ask(emulator, name, elsewhere.token()).status for name in "ab"] == [200, 200]
            assert [ask(emulator, name, issuer.token()).status for name in "ab"] == [401, 401]


def test_authorizer_of_a_created_runtime_is_enforced(issuer: Issuer) -> None:
    """A runtime created over the API asks for the tokens that its authorizerConfiguration says, in any mode."""
    with Emulator(Settings()) as emulator:
        body = {
            "agentRuntimeName": "made",
            "agentRuntimeArtifact": {"containerConfiguration": {"containerUri": IMAGE}},
            "roleArn": "arn:aws:iam::123456789012:role/a",
            "networkConfiguration": {"networkMode": "PUBLIC"},
            "authorizerConfiguration": {
                "customJWTAuthorizer": {"discoveryUrl": issuer.discovery_url, "allowedClients": [CLIENT]}
            },
        }
        made = call(emulator.port, "PUT", "/runtimes/", json.dumps(body).encode()).json()
        admin(emulator.port, "clock", {"advance_s": 60})

        assert invoke(emulator.port, made["agentRuntimeArn"]).error == (401, "UnauthorizedException")
        good = {"Authorization": f"Bearer {issuer.token(iat=issuer.claims()['iat'] + 1)}"}
        assert invoke(emulator.port, made["agentRuntimeArn"], **good).status == 200


def test_rotated_key_is_found(issuer: Issuer) -> None:
    """A token signed with a key that the provider has added since is good, and the removed key's is not for long."""
    with Issuer() as rotating:
        authorizer = AuthorizerConfig.read({"discoveryUrl": rotating.discovery_url, "allowedClients": [CLIENT]})
        settings = Settings(scenarios=(script("a", 0),), auth=AuthSettings(authorizers={"a": authorizer}))
        with Emulator(settings) as emulator:
            assert ask(emulator, "a", rotating.token("one")).status == 200
            rotating.keys = [public_jwk("two")]
            assert ask(emulator, "a", rotating.token("two")).status == 401
            admin(emulator.port, "clock", {"advance_s": 10})
            late = rotating.claims()["iat"] + 1
            assert ask(emulator, "a", rotating.token("two", iat=late)).status == 200
            assert ask(emulator, "a", rotating.token("one", iat=late)).status == 401
