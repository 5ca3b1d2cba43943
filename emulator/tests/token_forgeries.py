"""Tokens that nobody may get in with, each made from the issuer's own good one."""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from token_issuer import AUDIENCE, CLIENT, Issuer, base64url, rsa_key, segment


def _changed(token: str, part: int, change: Callable[[str], str]) -> str:
    parts = token.split(".")
    parts[part] = change(parts[part])
    return ".".join(parts)


def _spare_bits(text: str) -> str:
    """The same bytes in base64url, written with other spare bits at the end."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4 == 2
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


def _deep(issuer: Issuer) -> str:
    """A header of arrays in arrays."""
    return f"{base64url(b'[' * 8000)}.{segment(issuer.claims())}.{base64url(b'x')}"


def _raw_claims(claims: bytes) -> str:
    """A token whose claims are these bytes, signed by the provider."""
    text = f"{segment({'alg': 'RS256', 'kid': 'one'})}.{base64url(claims)}"
    algorithm: Any = jwt.algorithms.get_default_algorithms()["RS256"]
    return f"{text}.{base64url(algorithm.sign(text.encode(), rsa_key('one')))}"


NOW = int(time.time())
TOKEN_FORGERIES: dict[str, Callable[[Issuer], str]] = {
    "alg none": lambda issuer: jwt.encode(issuer.claims(), "", "none", {"kid": "one"}),
    "alg none, no signature": lambda issuer: issuer.by_hand({"alg": "none", "kid": "one"}, b""),
    "alg None": lambda issuer: issuer.by_hand({"alg": "None", "kid": "one"}),
    "alg nOnE": lambda issuer: issuer.by_hand({"alg": "nOnE", "kid": "one"}),
    "alg missing": lambda issuer: issuer.by_hand({"kid": "one"}),
    "alg null": lambda issuer: issuer.by_hand({"alg": None, "kid": "one"}),
    "alg a list": lambda issuer: issuer.by_hand({"alg": ["RS256"], "kid": "one"}),
    "HS256 with the public key": Issuer.confused,
    "RS512": lambda issuer: jwt.encode(issuer.claims(), rsa_key("one"), "RS512", {"kid": "one"}),
    "PS256": lambda issuer: jwt.encode(issuer.claims(), rsa_key("one"), "PS256", {"kid": "one"}),
    "RS256 with an elliptic kid": lambda issuer: issuer.token("one", {"kid": "elliptic"}),
    "ES256 with an RSA kid": lambda issuer: issuer.by_hand({"alg": "ES256", "kid": "one"}, b"x" * 64),
    "stranger's key": lambda issuer: issuer.token("stranger", {"kid": "one"}),
    "unknown kid": lambda issuer: issuer.token("one", {"kid": "unknown"}),
    "no kid": lambda issuer: jwt.encode(issuer.claims(), rsa_key("one"), "RS256"),
    "kid a number": lambda issuer: issuer.by_hand({"alg": "RS256", "kid": 1}),
    "kid a path": lambda issuer: issuer.token("one", {"kid": "../../dev/null"}),
    "jku": lambda issuer: issuer.token("stranger", {"kid": "one", "jku": "https://stranger.example/jwks.json"}),
    "x5u": lambda issuer: issuer.token("stranger", {"kid": "one", "x5u": "https://stranger.example/cert.pem"}),
    "jwk in the header": lambda issuer: issuer.token("stranger", {"kid": "one", "jwk": {"kty": "RSA"}}),
    "crit": lambda issuer: issuer.token("one", {"crit": ["exp"], "exp": 1}),
    "claims changed": lambda issuer: _changed(issuer.token(), 1, lambda _: segment(issuer.claims(sub="other"))),
    "header changed": lambda issuer: _changed(
        issuer.token(), 0, lambda _: segment({"alg": "RS256", "kid": "one", "x": 1})
    ),
    "signature of another token": lambda issuer: _changed(
        issuer.token(sub="a"), 2, lambda _: issuer.token(sub="b").split(".")[2]
    ),
    "signature truncated": lambda issuer: issuer.token()[:-4],
    "signature empty": lambda issuer: issuer.token().rpartition(".")[0] + ".",
    "signature re-encoded": lambda issuer: _changed(issuer.token(), 2, _spare_bits),
    "signature padded": lambda issuer: issuer.token() + "==",
    "signature in plain base64": lambda issuer: issuer.token() + "+/",
    "two parts": lambda issuer: issuer.token().rpartition(".")[0],
    "four parts": lambda issuer: issuer.token() + ".x",
    "encrypted, five parts": lambda _: "a.b.c.d.e",
    "two tokens": lambda issuer: f"{issuer.token()}, Bearer {issuer.token()}",
    "not base64": lambda _: "!!.??.**",
    "not JSON": lambda _: f"{base64url(b'alg')}.{base64url(b'claims')}.{base64url(b'x')}",
    "header a list": lambda _: f"{segment(['RS256'])}.{segment({})}.{base64url(b'x')}",
    "header of deep arrays": _deep,
    "claims a list": lambda _: _raw_claims(b"[]"),
    "claims deep": lambda _: _raw_claims(b"[" * 6000),
    "claims not UTF-8": lambda _: _raw_claims(b"\xff\xfe"),
    "exp beyond numbers": lambda issuer: _raw_claims(json.dumps(issuer.claims()).encode()[:-1] + b', "exp": 1e999}'),
    "exp of 5000 digits": lambda issuer: _raw_claims(
        json.dumps(issuer.claims()).encode()[:-1] + b', "exp": ' + b"9" * 5000 + b"}"
    ),
    "exp of 400 digits": lambda issuer: issuer.token(exp=10**400),
    "exp NaN": lambda issuer: _raw_claims(json.dumps(issuer.claims(exp=float("nan"))).encode()),
    "exp a text": lambda issuer: _raw_claims(json.dumps(issuer.claims(exp="9999999999")).encode()),
    "exp true": lambda issuer: _raw_claims(json.dumps(issuer.claims(exp=True)).encode()),
    "exp missing": lambda issuer: issuer.token(exp=None),
    "expired": lambda issuer: issuer.token(iat=NOW - 7200, exp=NOW - 1),
    "expired long ago, without iat": lambda issuer: issuer.token(iat=None, exp=1),
    "not yet valid": lambda issuer: issuer.token(nbf=NOW + 600),
    "nbf a text": lambda issuer: _raw_claims(json.dumps(issuer.claims(nbf="0")).encode()),
    "other issuer": lambda issuer: issuer.token(iss="https://issuer.example"),
    "issuer with a slash": lambda issuer: issuer.token(iss=issuer.issuer + "/"),
    "issuer a list": lambda issuer: _raw_claims(json.dumps(issuer.claims(iss=[issuer.issuer])).encode()),
    "other audience": lambda issuer: issuer.token(aud="other"),
    "part of the audience": lambda issuer: issuer.token(aud=AUDIENCE[:-1]),
    "other client": lambda issuer: issuer.token(client_id="other"),
    "id token": lambda issuer: issuer.token(token_use="id", client_id=None, scope=None, aud=CLIENT),
    "access token of Cognito without audience": lambda issuer: issuer.token(aud=None),
    "refresh token": lambda issuer: issuer.token(token_use="refresh", scope=None),
    "no scope": lambda issuer: issuer.token(scope="other"),
    "huge": lambda issuer: issuer.token(padding="x" * 20_000),
}
