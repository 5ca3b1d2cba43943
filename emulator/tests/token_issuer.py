"""An identity provider of the tests' own, on loopback: every key, claim and header of its tokens can be wrong."""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, RSAAlgorithm

CLIENT = "3n4b5urk1ft4fl3mg5e62d9ado"
AUDIENCE = "travel-api"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """The RSA key of that name, the same one for a whole run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """The P-256 key of that name, the same one for a whole run."""
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key_id: str, **changes: Any) -> dict[str, Any]:
    """The public half of that RSA key, as a key set lists it."""
    jwk = RSAAlgorithm.to_jwk(rsa_key(key_id).public_key(), as_dict=True)
    return {**jwk, "kid": key_id, "alg": "RS256", "use": "sig", **changes}


def public_ec_jwk(key_id: str) -> dict[str, Any]:
    """The public half of that elliptic key."""
    return {**ECAlgorithm.to_jwk(ec_key(key_id).public_key(), as_dict=True), "kid": key_id, "use": "sig"}


def segment(value: object) -> str:
    """One part of a token: JSON in base64url."""
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def base64url(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Serves a discovery document and a key set while the context lasts; counts how often each is asked for."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [public_jwk("one"), public_ec_jwk("elliptic")]
        self.asked: list[str] = []
        self.documents: dict[str, bytes | None] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="issuer")
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/pool"
        self.issuer = self.url

    @property
    def discovery_url(self) -> str:
        """Where the discovery document is."""
        return f"{self.url}/.well-known/openid-configuration"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def document(self, path: str) -> bytes | None:
        """What is answered at that path; None is a 404."""
        self.asked.append(path.rpartition("/")[2])
        if path in self.documents:
            return self.documents[path]
        if path.endswith("openid-configuration"):
            return json.dumps({"issuer": self.issuer, "jwks_uri": f"{self.url}/jwks.json"}).encode()
        return json.dumps({"keys": self.keys}).encode() if path.endswith("jwks.json") else None

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good token; a change to None leaves one out."""
        now = int(time.time())
        good = {
            "iss": self.issuer,
            "sub": "0b089d4f-939c-42cf-9bb3-cbcf9a4bb197",
            "client_id": CLIENT,
            "aud": AUDIENCE,
            "token_use": "access",
            "scope": "travel/read travel/write",
            "iat": now,
            "exp": now + 3600,
        }
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def token(self, key_id: str = "one", headers: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A token signed with RS256 by the key of that name."""
        return jwt.encode(self.claims(**changes), rsa_key(key_id), "RS256", {"kid": key_id, **(headers or {})})

    def by_hand(self, headers: Mapping[str, Any], signature: bytes = b"x", **changes: Any) -> str:
        """A token put together without any library's opinion."""
        return f"{segment(headers)}.{segment(self.claims(**changes))}.{base64url(signature)}"

    def confused(self) -> str:
        """HS256 with the *public* key as the shared secret: good for a verifier that lets the token choose."""
        secret = rsa_key("one").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        text = f"{segment({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one'})}.{segment(self.claims())}"
        return f"{text}.{base64url(HMACAlgorithm(HMACAlgorithm.SHA256).sign(text.encode(), secret))}"


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = issuer.document(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Handler
