"""A certificate authority for one run: its key lives in a private folder, and nothing of the machine trusts it.

Programs trust it only through the variables that they are started with.
"""

import ssl
from functools import cached_property
from pathlib import Path

import certifi
import trustme

from agentcore_integration.interception.hosts import LOCAL, door_of

KEY_NAME = "authority-key.pem"
CERTIFICATE_NAME = "authority.pem"
BUNDLE_NAME = "bundle.pem"


class Authority:
    """Signs a certificate for each host name as it is asked for."""

    def __init__(self, authority: trustme.CA) -> None:
        self._authority = authority
        self._contexts: dict[str, ssl.SSLContext] = {}

    @classmethod
    def create(cls, folder: Path) -> "Authority":
        """Make a new authority and write it to ``folder``, which only the user can read.

        Written are its key, its certificate, and a bundle of the public authorities with this one.
        """
        authority = trustme.CA(organization_name="agentcore-harness, one run only")
        folder.chmod(0o700)
        authority.private_key_pem.write_to_path(folder / KEY_NAME)
        authority.cert_pem.write_to_path(folder / CERTIFICATE_NAME)
        public = Path(certifi.where()).read_bytes()
        (folder / BUNDLE_NAME).write_bytes(public + b"\n" + authority.cert_pem.bytes())
        return cls(authority)

    @classmethod
    def load(cls, folder: Path) -> "Authority":
        """Read an authority that ``create`` wrote. Raises ``OSError`` when it is not there."""
        certificate = (folder / CERTIFICATE_NAME).read_bytes()
        return cls(trustme.CA.from_pem(certificate, (folder / KEY_NAME).read_bytes()))

    def context_for(self, host: str) -> ssl.SSLContext:
        """Return a server's TLS context with a certificate for ``host``; HTTP/1.1 is all it offers."""
        if host not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_alpn_protocols(["http/1.1"])
            self._authority.issue_cert(host).configure_cert(context)
            self._contexts[host] = context
        return self._contexts[host]

    @cached_property
    def local_context(self) -> ssl.SSLContext:
        """A TLS context for a port of this machine; a client that asks for an AWS name gets that name's certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._authority.issue_cert(*LOCAL).configure_cert(context)

        def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
            if name is not None and name not in LOCAL and door_of(name) is not None:
                connection.context = self.context_for(name)

        context.sni_callback = choose
        return context
