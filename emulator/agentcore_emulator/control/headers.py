"""Which request headers a runtime may let through to its agent."""

from typing import Final

from agentcore_emulator.protocol.validate import Problem

CUSTOM_PREFIX: Final = "x-amzn-bedrock-agentcore-runtime-custom-"

# Source: developer guide, header allow-list, and the agent SDK's own table, read 2026-11-20 - documented
RESTRICTED: Final = frozenset(
    """
    accept accept-ch accept-ch-lifetime accept-charset accept-encoding accept-language accept-ranges
    access-control-allow-credentials access-control-allow-headers access-control-allow-methods
    access-control-allow-origin access-control-expose-headers access-control-max-age
    access-control-request-headers access-control-request-method cache-control cf-connecting-ip cf-ray
    clear-site-data connection content-encoding content-language content-length content-location content-range
    content-security-policy content-security-policy-report-only content-type cookie
    cross-origin-embedder-policy cross-origin-opener-policy cross-origin-resource-policy date downlink dpr ect
    etag expect-ct expires feature-policy forwarded from host if-match if-modified-since if-none-match
    if-range if-unmodified-since keep-alive last-modified link location origin permissions-policy pragma
    proxy-authorization proxy-connection public-key-pins public-key-pins-report-only range referer
    referrer-policy retry-after rtt save-data sec-websocket-accept sec-websocket-extensions sec-websocket-key
    sec-websocket-protocol sec-websocket-version server set-cookie strict-transport-security te trailer
    transfer-encoding true-client-ip upgrade user-agent vary via viewport-width width www-authenticate
    x-amz-cf-id x-cache x-client-ip x-cluster-client-ip x-content-type-options x-csrf-token x-forwarded-for
    x-forwarded-host x-forwarded-proto x-frame-options x-original-host x-original-url x-originating-ip
    x-real-ip x-requested-with x-rewrite-url x-served-by x-source-ip x-xss-protection
    """.split()  # noqa: SIM905 - a hundred names read better without quotes
)


def allowlist_problems(names: list[str], *, has_jwt_authorizer: bool) -> list[Problem]:
    """What is wrong with an allow-list beyond the form of its names; compared without regard to case.

    Source: developer guide, header allow-list, read 2026-11-20 - documented; the texts are assumed
    """
    path = "requestHeaderConfiguration.requestHeaderAllowlist"
    problems = []
    seen: set[str] = set()
    for name in names:
        lower = name.lower()
        if lower in seen:
            problems.append(Problem(path, "Member must not contain duplicates", name))
        elif _is_reserved(lower):
            problems.append(Problem(path, "Member must not contain restricted headers", name))
        elif lower == "authorization" and not has_jwt_authorizer:
            problems.append(Problem(path, "Authorization can be allowed only with a customJWTAuthorizer", name))
        seen.add(lower)
    return problems


def _is_reserved(lower: str) -> bool:
    if lower in RESTRICTED or lower.startswith("x-amz-"):
        return True
    return lower.startswith("x-amzn-") and not lower.startswith(CUSTOM_PREFIX)
