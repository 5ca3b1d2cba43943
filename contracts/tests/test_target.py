"""Target files: what is written reads back, and what cannot be used is said in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from agentcore_contracts.target import Target, TargetError

CONTENT: dict[str, Any] = {
    "name": "emulator",
    "endpoint_url": "http://127.0.0.1:4599",
    "region": "ap-southeast-2",
    "account_id": "123456789012",
    "runtimes": {"contract": "arn:aws:bedrock-agentcore:ap-southeast-2:123456789012:runtime/contract-0123456789"},
    "capabilities": ["websocket"],
    "backend": {"base_url": "http://127.0.0.1:1"},
}


def test_file_reads_back(tmp_path: Path) -> None:
    """A target reads back as it was written, unknown keys included."""
    target = Target.from_mapping(CONTENT)
    target.dump(tmp_path / "target.json")

    assert Target.load(tmp_path / "target.json") == target
    assert json.loads((tmp_path / "target.json").read_text()) == CONTENT
    assert target.extra == {"backend": {"base_url": "http://127.0.0.1:1"}}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"endpoint_url": "127.0.0.1:4599"}, r"expected http\(s\)://HOST"),
        ({"endpoint_url": "http://127.0.0.1:4599/path"}, "nothing after it"),
        ({"endpoint_url": "http://127.0.0.1:port"}, "endpoint_url"),
        ({"region": ""}, "region must be a text that is not empty"),
        ({"account_id": 123456789012}, "account_id must be a text"),
        ({"runtimes": ["arn"]}, "runtimes must map names to ARNs"),
        ({"capabilities": "websocket"}, "capabilities must be a list of names"),
    ],
)
def test_unusable_target(change: dict[str, object], complaint: str, tmp_path: Path) -> None:
    """A file that describes no target is refused with its path and the reason."""
    path = tmp_path / "target.json"
    path.write_text(json.dumps(CONTENT | change))

    with pytest.raises(TargetError, match=rf"target\.json: .*{complaint}"):
        Target.load(path)


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_file_that_is_no_object(content: str, tmp_path: Path) -> None:
    """A file without one JSON object is refused."""
    (tmp_path / "target.json").write_text(content)

    with pytest.raises(TargetError, match=r"target\.json: "):
        Target.load(tmp_path / "target.json")


@pytest.mark.parametrize(
    ("endpoint_url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("http://localhost:1", True),
        ("https://bedrock-agentcore.us-east-1.amazonaws.com", False),
        ("http://10.0.0.1:1", False),
    ],
)
def test_loopback(endpoint_url: str, expected: bool) -> None:
    """Only this machine counts as loopback: anything else gets real credentials."""
    assert Target.from_mapping(CONTENT | {"endpoint_url": endpoint_url}).on_loopback is expected
