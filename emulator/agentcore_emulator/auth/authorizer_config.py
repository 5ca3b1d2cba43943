"""What a JWT authorizer demands of a token, as the control plane's `customJWTAuthorizer` says it.

Source: service model bedrock-agentcore-control, shape CustomJWTAuthorizerConfiguration, read 2026-11-20 - documented
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from agentcore_emulator.admin.guard import LOOPBACK_NAMES

MatchOperator: TypeAlias = Literal["EQUALS", "CONTAINS", "CONTAINS_ANY"]

_DISCOVERY: Final = re.compile(
    r"(?P<issuer>[^\s?#]+)/\.well-known/(?:openid-configuration|oauth-authorization-server)(?P<rest>/[^\s?#]+)?"
)
_WRAPPER: Final = "customJWTAuthorizer"
_OPERATORS: Final[Mapping[str, frozenset[str]]] = {
    "STRING": frozenset({"EQUALS", "CONTAINS"}),
    "STRING_ARRAY": frozenset({"CONTAINS", "CONTAINS_ANY"}),
}


class AuthorizerConfigError(ValueError):
    """The configuration is not one of a JWT authorizer; the text says which part and why."""


@dataclass(frozen=True, slots=True)
class CustomClaim:
    """One claim that a token must have beyond those of OAuth."""

    name: str
    array: bool
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorizerConfig:
    """One JWT authorizer; an empty tuple stands for a condition that is not asked for.

    `issuer` and `jwks_url` are the emulator's own: they say what the discovery document would, where it cannot be had.
    """

    discovery_url: str | None
    audiences: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    claims: tuple[CustomClaim, ...] = ()
    advertised_scopes: Mapping[str, str] = field(default_factory=dict, hash=False)
    issuer: str | None = None
    jwks_url: str | None = None

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "AuthorizerConfig":
        """The authorizer of an `authorizerConfiguration`, or of what stands in it.

        Raises:
            AuthorizerConfigError: something is missing or is not what it should be.
        """
        found = content.get(_WRAPPER, content)
        if not isinstance(found, Mapping):
            raise AuthorizerConfigError(f"{_WRAPPER} must be a structure")
        config = cls(
            discovery_url=_url(found, "discoveryUrl"),
            audiences=_texts(found, "allowedAudience"),
            clients=_texts(found, "allowedClients"),
            scopes=_texts(found, "allowedScopes"),
            claims=_claims(found.get("customClaims")),
            advertised_scopes=_mapping(found, "advertisedScopeMapping"),
            issuer=_text(found, "issuer"),
            jwks_url=_url(found, "jwks_url"),
        )
        config._check()
        return config

    @property
    def issuer_by_url(self) -> str | None:
        """The issuer that the discovery URL itself names, by the rule of OpenID Connect and RFC 8414."""
        match = _DISCOVERY.fullmatch(self.discovery_url or "")
        return None if match is None else match["issuer"] + (match["rest"] or "")

    def _check(self) -> None:
        if self.discovery_url is None and (self.issuer is None or self.jwks_url is None):
            raise AuthorizerConfigError("discoveryUrl is required, or issuer and jwks_url in its place")
        if self.discovery_url is not None and _DISCOVERY.fullmatch(self.discovery_url) is None:
            raise AuthorizerConfigError("discoveryUrl must end with /.well-known/openid-configuration")
        if not (self.audiences or self.clients or self.scopes or self.claims):
            raise AuthorizerConfigError(
                "one of allowedAudience, allowedClients, allowedScopes and customClaims is required"
            )


def is_fetchable(url: str) -> bool:
    """Whether the emulator asks that URL: https anywhere, http on this machine only."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    names = {name.strip("[]") for name in LOOPBACK_NAMES}
    return (
        bool(host)
        and parts.username is None
        and (parts.scheme == "https" or (parts.scheme == "http" and host in names))
    )


def _text(content: Mapping[str, Any], name: str) -> str | None:
    value = content.get(name)
    if value is not None and (not isinstance(value, str) or not value):
        raise AuthorizerConfigError(f"{name} must be a text that is not empty")
    return value


def _url(content: Mapping[str, Any], name: str) -> str | None:
    value = _text(content, name)
    if value is not None and not is_fetchable(value):
        raise AuthorizerConfigError(f"{name} must be an https URL, or http on this machine")
    return value


def _texts(content: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = content.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise AuthorizerConfigError(f"{name} must be a list of texts, at least one")
    return tuple(value)


def _mapping(content: Mapping[str, Any], name: str) -> dict[str, str]:
    value = content.get(name, {})
    if not isinstance(value, Mapping) or not all(isinstance(item, str) for pair in value.items() for item in pair):
        raise AuthorizerConfigError(f"{name} must map texts to texts")
    return dict(value)


def _claims(content: object) -> tuple[CustomClaim, ...]:
    if content is None:
        return ()
    if not isinstance(content, list) or not content:
        raise AuthorizerConfigError("customClaims must be a list, at least one")
    return tuple(_claim(item) for item in content)


def _claim(content: object) -> CustomClaim:
    item = content if isinstance(content, Mapping) else {}
    name = _text(item, "inboundTokenClaimName")
    kind = item.get("inboundTokenClaimValueType")
    match = item.get("authorizingClaimMatchValue")
    rule = match if isinstance(match, Mapping) else {}
    operator, value = rule.get("claimMatchOperator"), rule.get("claimMatchValue")
    if name is None or not isinstance(operator, str) or operator not in _OPERATORS.get(str(kind), ()):
        raise AuthorizerConfigError(
            "customClaims needs inboundTokenClaimName, inboundTokenClaimValueType (STRING: EQUALS or CONTAINS; "
            "STRING_ARRAY: CONTAINS or CONTAINS_ANY) and authorizingClaimMatchValue"
        )
    found = value if isinstance(value, Mapping) else {}
    one, several = _text(found, "matchValueString"), _texts(found, "matchValueStringList")
    if (one is None) == (not several):
        raise AuthorizerConfigError("claimMatchValue needs one of matchValueString and matchValueStringList")
    return CustomClaim(name, kind == "STRING_ARRAY", operator, several if one is None else (one,))
