"""What verifying a signature adds to an invocation: `--auth strict` against `permissive` and `off`, over the wire.

`auth_strict`: ratio of the median times to the first event, strict / permissive of one round, one stream at a time.
`auth_strict_added_ms`: the difference of the same medians; the bar is 0.3. `auth_permissive_added_ms`: permissive less
off. Payload of 2 KB, which strict mode hashes; botocore signs it once for a round. Rounds take turns.
"""

import tempfile
from statistics import median
from typing import Final

from bare_agent import TEXT
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from measured import merge, out_option, spread
from measured_processes import Server, emulator, measure_from_here, scenario
from stream_client import stream

_ROUNDS: Final = 7
_DURATION_S: Final = 0.5
_PAYLOAD: Final = b'{"prompt": "%s"}' % (b"x" * 2_000)
_KEY: Final = Credentials("AKIDMEASURED", "secret-of-the-measurement")
_STRICT: Final = ("--auth", "strict", "--access-key", f"{_KEY.access_key}={_KEY.secret_key}")


def _signed(server: Server, path: str) -> bytes:
    """The bytes of a request as boto3 sends it."""
    headers = {
        "Host": f"127.0.0.1:{server.port}",
        "Content-Type": "application/json",
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "measured".ljust(33, "-"),
    }
    request = AWSRequest("POST", f"http://{headers['Host']}{path}", headers=headers, data=_PAYLOAD)
    SigV4Auth(_KEY, "bedrock-agentcore", "ap-southeast-2").add_auth(request)
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(_PAYLOAD)}", "", ""]).encode() + _PAYLOAD


def _first_event_ms(server: Server, path: str) -> float:
    return median(stream(server.port, [_signed(server, path)], _DURATION_S).first_s) * 1e3


def main() -> None:
    """Measure and merge."""
    out = out_option(__doc__)
    rounds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as directory:
        file = scenario(directory, "script", 1, 0, TEXT)
        modes = (("--auth", "off"), ("--auth", "permissive"), _STRICT)
        with (
            emulator(*modes[0], "--scenario", file) as off,
            emulator(*modes[1], "--scenario", file) as permissive,
            emulator(*modes[2], "--scenario", file) as strict,
        ):
            path = off.invocations("script")
            measure_from_here()
            for server in (off, permissive, strict):
                _first_event_ms(server, path)  # warm
            for _ in range(_ROUNDS):
                nothing, form, verified = (_first_event_ms(server, path) for server in (off, permissive, strict))
                rounds.setdefault("auth_strict", []).append(verified / form)
                rounds.setdefault("auth_strict_added_ms", []).append(verified - form)
                rounds.setdefault("auth_permissive_added_ms", []).append(form - nothing)
    measured = {name: spread(values) for name, values in rounds.items()}
    merge(out, measured)
    for name, values in measured.items():
        print(f"  {name}: {values}")


if __name__ == "__main__":
    main()
