"""AWS's own clients and helpers, unmodified: they name AWS's hosts, and inside ``run`` they find the offline AWS."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_names_program import UNKNOWN_URL
from gate_runs import harness

PROGRAM = Path(__file__).with_name("aws_names_program.py")
FIRST_OF_LIVE_AGENT = {"step": 1, "of": 5, "text": "Welcome, helper. "}
MISMATCH = "Authorization method mismatch."


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each attempt of the program gave."""
    run = harness("run", "--", sys.executable, str(PROGRAM), cwd=tmp_path_factory.mktemp("run"))
    assert run.code == 0, run.err
    return dict(json.loads(run.out))


def test_helpers_name_the_real_host(outcomes: dict[str, Any]) -> None:
    """The SDK's helpers make URLs of the real service, whatever the environment says."""
    assert outcomes["host"] == "bedrock-agentcore.ap-southeast-2.amazonaws.com"


@pytest.mark.parametrize("form", ["headers", "presigned"])
def test_signed_helpers_reach_a_live_agent(outcomes: dict[str, Any], form: str) -> None:
    """What ``generate_ws_connection`` and ``generate_presigned_url`` return connects, and a live agent answers."""
    assert outcomes[form] == FIRST_OF_LIVE_AGENT


def test_bearer_helper_reaches_an_agent(outcomes: dict[str, Any]) -> None:
    """What ``generate_ws_connection_oauth`` returns connects to a runtime that takes tokens of the user pool."""
    assert outcomes["bearer"] == "Hello"


def test_shell_helper_runs_a_command(outcomes: dict[str, Any]) -> None:
    """``open_shell`` gives a terminal beside the agent: a command writes, ends, and its exit code is known."""
    written, exit_code = outcomes["shell"]
    assert ("42" in written.splitlines(), exit_code) == (True, 3)


@pytest.mark.parametrize(
    ("attempt", "status", "message"),
    [
        ("presigned, cut short", 403, "Signature must be"),
        ("bearer, forged", 401, "Invalid Bearer token"),
        ("bearer, signed instead", 403, MISMATCH),
        ("bearer for a signed runtime", 403, MISMATCH),
    ],
)
def test_helpers_do_not_get_in_by_chance(outcomes: dict[str, Any], attempt: str, status: int, message: str) -> None:
    """A URL cut short, a changed token, and the wrong method are refused before the upgrade."""
    actual_status, body = outcomes[attempt]
    assert (actual_status, body["message"][: len(message)]) == (status, message)


@pytest.mark.parametrize("client", ["urllib", "requests", "httpx"])
def test_http_clients_of_python(outcomes: dict[str, Any], client: str) -> None:
    """Each takes proxy and authority from the variables: it trusts the real name, and AgentCore's error answers it."""
    status, error_type = outcomes[client]
    assert (status in {403, 404}, bool(error_type)) == (True, True)


@pytest.mark.parametrize(
    ("attempt", "operation"),
    [
        ("browser, data plane", "StartBrowserSession"),
        ("browser, control plane", "ListBrowsers"),
        ("code interpreter", "StartCodeInterpreterSession"),
    ],
)
def test_services_that_are_not_emulated_say_so(outcomes: dict[str, Any], attempt: str, operation: str) -> None:
    """The SDK's clients of other services reach the emulator, which says what it does not do."""
    status, error = outcomes[attempt]
    assert (status, error["Code"], error["Message"]) == (501, "NotEmulatedException", f"{operation} is not emulated")


def test_fetch_of_node(tmp_path: Path) -> None:
    """Node's fetch finds the offline AWS by the variables, in the versions that look at them."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: its fetch was not tried")
    looks = "process.exit(process.allowedNodeEnvironmentFlags.has('--use-env-proxy') ? 0 : 1)"
    if subprocess.run([node, "-e", looks], check=False).returncode != 0:
        pytest.skip("this node's fetch knows no proxy variables (22.21 and 24 do): it was not tried")
    script = f"const a = await fetch('{UNKNOWN_URL}'); console.log(a.headers.get('x-amzn-errortype'))"
    run = harness("run", "--", node, "--input-type=module", "-e", script, cwd=tmp_path)
    assert (run.code, run.out.strip().endswith(("Exception", "Error"))) == (0, True), run.err


def test_sdk_of_javascript(tmp_path: Path) -> None:
    """The AWS SDK for JavaScript finds the emulator inside ``run`` by its endpoint variable, whatever node it is."""
    script = Path(__file__).parents[1] / "js" / "stream.mjs"
    node = shutil.which("node")
    if node is None or not (script.parent / "node_modules").is_dir():
        pytest.skip("node or integration/js/node_modules (npm ci) is missing: the JavaScript SDK was not tried")
    run = harness("run", "--", "sh", "-c", f'exec "{node}" "{script}" "$AGENT_ONBOARDING_ARN" marker:js', cwd=tmp_path)
    assert (run.code, [json.loads(line)["kind"] for line in run.out.splitlines()][-1:]) == (0, ["end"]), run.err
