"""Starting the interception, and the variables by which unmodified programs find it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sys import executable

from agentcore_integration.environment import base_environment
from agentcore_integration.interception.authority import BUNDLE_NAME, Authority
from agentcore_integration.process import LOOPBACK, Child, start_child

TLS_PORT_NAME = "tls-port"
TLS_PORT_TIMEOUT_S = 15.0
# every variable by which a common HTTP client finds its certificate authorities
# Source: documentation of botocore, requests, OpenSSL, curl, Node.js and the AWS CLI, read 2026-11-20
BUNDLE_VARIABLES = ("AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy")
NO_PROXY = "127.0.0.1,localhost,::1"


@dataclass(frozen=True)
class Interception:
    """A running interception: the proxy, the TLS port of the emulator, and the bundle that vouches for both."""

    proxy: Child
    tls_url: str
    bundle: Path

    def environment(self) -> dict[str, str]:
        """Return the variables for a program that is to be intercepted."""
        proxies = dict.fromkeys(PROXY_VARIABLES, self.proxy.url)
        bundles = dict.fromkeys(BUNDLE_VARIABLES, str(self.bundle))
        return {**proxies, **bundles, "NO_PROXY": NO_PROXY, "no_proxy": NO_PROXY, "NODE_USE_ENV_PROXY": "1"}


@contextmanager
def intercepting(agentcore_port: int, aws_port: int, folder: Path, log_dir: Path) -> Iterator[Interception]:
    """Start the proxy in front of the two servers; ``folder`` takes the private key and must belong to this run alone.

    Raises ``ChildError`` when it does not start.
    """
    Authority.create(folder)
    command = [executable, "-m", "agentcore_integration.interception", "--fd", "{fd}", "--lifeline-fd", "{lifeline_fd}"]
    command += ["--agentcore", f"{LOOPBACK}:{agentcore_port}", "--aws", f"{LOOPBACK}:{aws_port}"]
    command += ["--folder", str(folder)]
    with start_child(command, name="interception", log_dir=log_dir, env=base_environment()) as proxy:
        tls_port = _read_tls_port(proxy, folder / TLS_PORT_NAME)
        yield Interception(proxy, f"https://{LOOPBACK}:{tls_port}", folder / BUNDLE_NAME)


def _read_tls_port(proxy: Child, path: Path) -> int:
    for _ in range(int(TLS_PORT_TIMEOUT_S / 0.02)):
        if path.is_file():
            return int(json.loads(path.read_text(encoding="ascii")))
        if proxy.wait(0.02) is not None:
            raise proxy.failed(f"the interception ended with exit code {proxy.process.returncode}")
    raise proxy.failed(f"the interception was not ready after {TLS_PORT_TIMEOUT_S:g} s")
