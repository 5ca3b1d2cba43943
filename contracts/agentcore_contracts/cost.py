"""What a run of the contract suite will do to a target, said beforehand: `python -m agentcore_contracts.cost TARGET`.

Nothing is called and nothing is read but the target file. The sum is an upper estimate for real AWS; a target on this
machine costs nothing, and one with a clock that can be advanced takes no waiting.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from agentcore_contracts.requirements import load_catalogue
from agentcore_contracts.target import Target, TargetError

START_S: Final = 5.0
"""A cold start of a container, about (users' reports: 1 to 3 s and more)."""
DEPLOY_S: Final = 30.0
"""From CreateAgentRuntime to READY, about."""
IDLE_S: Final = 900.0
"""What a session lives on after its last answer: the default idle timeout."""
USD_PER_VCPU_H: Final = 0.0895
USD_PER_GB_H: Final = 0.00945
"""Prices of AgentCore Runtime in November 2026, assumed: look them up for your region and give them as options."""
BUSY_S: Final = 10.0
"""Seconds of one vCPU that a session of the contract agent uses, its start included."""
MEMORY_GB: Final = 0.5
COST_COMMAND: Final = "python -m agentcore_contracts.cost"


@dataclass(frozen=True, slots=True)
class Cost:
    """What checking one requirement takes: sessions started, time it must wait for, runtimes it deploys and removes.

    A13 starts three sessions more where the platform has some ready before they are asked for.
    """

    sessions: int = 0
    waits_s: float = 0.0
    deploys: int = 0
    capability: str | None = None
    runtime: str = "contract"

    def reason_not_run(self, target: Target) -> str | None:
        """Why the suite will leave this requirement out; None when it will check it."""
        if self.capability and self.capability not in target.capabilities:
            return f"no capability {self.capability!r}"
        return None if self.runtime in target.runtimes else f"no runtime {self.runtime!r}"


COSTS: Final[Mapping[str, Cost]] = {
    "A1": Cost(sessions=1),
    "A2": Cost(),
    "A3": Cost(sessions=1),
    "A4": Cost(sessions=2),
    "A5": Cost(sessions=1),
    "A6": Cost(),
    "A7": Cost(sessions=1, waits_s=120, runtime="broken"),
    "A8": Cost(),
    "A9": Cost(sessions=4, deploys=1, capability="control-plane"),
    "A10": Cost(waits_s=2),
    "A11": Cost(),
    "A12": Cost(),
    "A13": Cost(sessions=1, runtime="slow"),
    "A14": Cost(sessions=2),
    "A15": Cost(sessions=4, waits_s=80, deploys=1, capability="control-plane"),
    "A16": Cost(sessions=2, waits_s=260, deploys=1, capability="control-plane"),
    "A17": Cost(sessions=1, deploys=1, capability="control-plane"),
    "A18": Cost(deploys=1, capability="jwt"),
    "A19": Cost(deploys=1, capability="jwt"),
    "A20": Cost(sessions=1, deploys=1, capability="jwt"),
    "A21": Cost(sessions=2, deploys=1, capability="websocket"),
    "A22": Cost(sessions=1, capability="websocket"),
    "A23": Cost(sessions=1, capability="sigv4"),
    "A24": Cost(waits_s=1, capability="commands"),
    "A25": Cost(sessions=1, capability="quotas"),
    "A26": Cost(sessions=1, capability="a2a", runtime="a2a"),
    "A27": Cost(sessions=2, capability="mcp", runtime="mcp"),
}
CLOCKED: Final = frozenset({"A15", "A16"})
"""What a clock that can be advanced makes quick."""


def checked(target: Target) -> dict[str, Cost]:
    """What will be checked at that target, by requirement id."""
    return {id_: cost for id_, cost in costs_at(target).items() if cost.reason_not_run(target) is None}


def costs_at(target: Target) -> dict[str, Cost]:
    """What each requirement takes there: a runtime `short_lived` is used where there is one, else deployed."""
    if "short_lived" not in target.runtimes:
        return dict(COSTS)
    there = {id_: replace(COSTS[id_], deploys=0, capability=None, runtime="short_lived") for id_ in CLOCKED}
    return {**COSTS, **there}


def seconds(target: Target) -> float:
    """About how long the run takes."""
    if target.on_loopback:
        return 30.0
    clock = "clock" in target.capabilities
    costs = checked(target)
    waited = sum(cost.waits_s for id_, cost in costs.items() if not (clock and id_ in CLOCKED))
    return waited + sum(START_S * cost.sessions + DEPLOY_S * cost.deploys for cost in costs.values())


def us_dollars(target: Target, usd_per_vcpu_h: float, usd_per_gb_h: float) -> float:
    """At most about so much, for sessions that are left to their idle timeout; nothing on this machine."""
    if target.on_loopback:
        return 0.0
    sessions = sum(cost.sessions for cost in checked(target).values())
    alive_s = sessions * IDLE_S + seconds(target)
    return sessions * BUSY_S / 3600 * usd_per_vcpu_h + alive_s / 3600 * MEMORY_GB * usd_per_gb_h


def statement(target: Target, usd_per_vcpu_h: float, usd_per_gb_h: float) -> Iterator[str]:
    """The lines that say what a run will do."""
    costs = checked(target)
    catalogue = load_catalogue("agentcore_contracts")
    yield f"target {target.name}: {target.endpoint_url}, region {target.region}, account {target.account_id}"
    yield f"checks {len(costs)} of {len(catalogue)} requirements:"
    for id_, requirement in catalogue.items():
        cost = costs_at(target)[id_]
        reason = cost.reason_not_run(target)
        yield f"  {id_:4} {_words(cost) if reason is None else f'not run: {reason}':40} {requirement.sentence}"
    sessions, deploys = (sum(getattr(cost, name) for cost in costs.values()) for name in ("sessions", "deploys"))
    yield f"starts {sessions} sessions and leaves them to their idle timeout, but for one that it stops"
    yield (
        f"deploys {deploys} runtimes named contracts_<run id>_…, each a variant of `contract`, and deletes them"
        if deploys
        else "deploys nothing"
    )
    yield "changes and deletes nothing that it did not create"
    price = us_dollars(target, usd_per_vcpu_h, usd_per_gb_h)
    yield f"takes about {seconds(target):.0f} s, costs at most about {price:.2f} US dollars"


def _words(cost: Cost) -> str:
    parts = [f"sessions: {cost.sessions}"] if cost.sessions else ["the shared session"]
    parts += ["a runtime"] if cost.deploys else []
    return ", ".join([*parts, f"waits {cost.waits_s:g} s"] if cost.waits_s else parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what a run will do; 2 when the target file cannot be used."""
    parser = argparse.ArgumentParser(COST_COMMAND, description="Say what a run of the contract suite will do.")
    parser.add_argument("target", type=Path, help="target file, see contracts/README.md")
    parser.add_argument("--usd-per-vcpu-hour", type=float, default=USD_PER_VCPU_H)
    parser.add_argument("--usd-per-gb-hour", type=float, default=USD_PER_GB_H)
    options = parser.parse_args(arguments)
    try:
        target = Target.load(options.target)
    except TargetError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for line in statement(target, options.usd_per_vcpu_hour, options.usd_per_gb_hour):
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
