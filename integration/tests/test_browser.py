"""A browser's own WebSocket: it cannot set headers, so its token comes as a subprotocol."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import token_maker
from gate_runs import AGENTS
from page_server import RESULT_PATH, Site, serving_site

from agentcore_integration.environment import base_environment
from agentcore_integration.process import Child, start_child, wait_ready
from agentcore_integration.stack import runtimes_of

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGE_TIMEOUT_S = 60.0
JWKS_PATH = "/jwks.json"
SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=browser-session-of-at-least-33-characters"
PAGE = """<!doctype html><title>A page that talks to an agent</title><p id="said"></p><script>
function talk(url, subprotocols) {
  return new Promise((done) => {
    const result = { subprotocol: null, texts: [], code: null };
    const socket = new WebSocket(url, subprotocols);
    socket.onopen = () => { result.subprotocol = socket.protocol; socket.send('{"prompt": "marker:browser"}'); };
    socket.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.end) { socket.close(1000); } else { result.texts.push(event.text); }
      document.getElementById("said").textContent += event.text || "";
    };
    socket.onclose = (close) => { result.code = close.code; done(result); };
  });
}
(async () => {
  const results = [];
  for (const [url, subprotocols] of ATTEMPTS) { results.push(await talk(url, subprotocols)); }
  const said = document.getElementById("said").textContent;
  await fetch("RESULT_PATH", { method: "POST", body: JSON.stringify({ results, said }) });
})();
</script>"""


def subprotocols(token: str) -> list[str]:
    """A token as browsers send it."""
    encoded = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    return [f"base64UrlBearerAuthorization.{encoded}", "base64UrlBearerAuthorization"]


@contextmanager
def emulator_with_tokens(folder: Path, site: Site) -> Iterator[Child]:
    """An emulator whose runtime takes the tokens of the site's issuer."""
    authorizer = folder / "authorizer.toml"
    authorizer.write_text(
        f'issuer = "{token_maker.ISSUER}"\njwks_url = "{site.url}{JWKS_PATH}"\n'
        f'allowedClients = ["{token_maker.CLIENT_ID}"]\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "agentcore_emulator", "--fd", "{fd}", "--lifeline-fd", "{lifeline_fd}"]
    command += ["--agent", f"onboarding={AGENTS / 'onboarding.py'}", "--authorizer", f"onboarding={authorizer}"]
    with start_child(command, name="emulator", log_dir=folder, env=base_environment()) as child:
        wait_ready(child, "/_emulator/health", timeout_s=20)
        yield child


@contextmanager
def visiting(browser: str, url: str, profile: Path) -> Iterator[None]:
    """A headless browser at that page, with a profile of its own, which is ended with all its processes."""
    command = [browser, *FLAGS, f"--user-data-dir={profile}", url]
    with (profile.parent / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=base_environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_browser_talks_to_an_agent(tmp_path: Path) -> None:
    """A page of localhost sends its token as a subprotocol, gets the sentinel back, and shows the agent's answer.

    A changed token opens nothing.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium is installed: the subprotocol was not tried with a browser")
    key = token_maker.key("browser")
    token = token_maker.token(key)
    documents = {JWKS_PATH: ("application/json", json.dumps({"keys": [key.public_jwk()]}))}
    with serving_site(documents) as site, emulator_with_tokens(tmp_path, site) as emulator:
        arn = runtimes_of(emulator)["onboarding"]
        url = f"ws://127.0.0.1:{emulator.port}/runtimes/{arn}/ws?{SESSION}"
        attempts = [[url, subprotocols(token)], [url, subprotocols(token[:-8] + "AAAAAAAA")]]
        page = PAGE.replace("ATTEMPTS", json.dumps(attempts)).replace("RESULT_PATH", RESULT_PATH)
        documents["/"] = ("text/html", page)
        with visiting(browser, f"{site.url}/", tmp_path / "profile"):
            shown: dict[str, Any] = site.results.get(timeout=PAGE_TIMEOUT_S)
    answered, refused = shown["results"]
    assert (answered["subprotocol"], answered["code"]) == ("base64UrlBearerAuthorization", 1000)
    assert [text.endswith(", browser. ") for text in answered["texts"]] == [True] * 5
    assert shown["said"] == "".join(answered["texts"])
    assert refused == {"subprotocol": None, "texts": [], "code": 1006}
