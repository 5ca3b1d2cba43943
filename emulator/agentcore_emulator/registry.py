"""The runtimes there are, and which of them a request means."""

import hashlib
import string

from agentcore_emulator.arn import RuntimeArn, is_account_id, is_runtime_name
from agentcore_emulator.errors import ResourceNotFoundException, UsageError, ValidationException
from agentcore_emulator.model import AgentKind, Deployment, Lifecycle, Runtime

_ALPHABET = string.ascii_letters + string.digits


def runtime_id(name: str) -> str:
    """`<name>-<10 letters or digits>`, the same for the same name in every run."""
    digest = hashlib.sha256(name.encode()).digest()
    return f"{name}-{''.join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])}"


class Registry:
    """Runtimes of one account in one region, by id."""

    def __init__(self, region: str, account_id: str, lifecycle: Lifecycle | None = None) -> None:
        self._region = region
        self._account_id = account_id
        self._lifecycle = lifecycle or Lifecycle()
        self._deployments: dict[tuple[str, str], Deployment] = {}
        self._by_id: dict[str, Runtime] = {}
        self._by_arn: dict[str, Runtime] = {}

    def add(self, name: str, kind: AgentKind) -> Runtime:
        """A new runtime of that name.

        Raises:
            UsageError: the name is not one a runtime may have, or is taken.
        """
        if not is_runtime_name(name):
            raise UsageError(
                f"'{name}' cannot name a runtime: a letter first, then letters, digits and underscores, 48 at most"
            )
        arn = RuntimeArn(self._region, self._account_id, runtime_id(name))
        if arn.runtime_id in self._by_id:
            raise UsageError(f"runtime '{name}' is given twice; each runtime needs a name of its own")
        runtime = Runtime(name, arn, kind)
        self._by_id[runtime.id] = runtime
        self._by_arn[str(arn)] = runtime
        for qualifier in runtime.qualifiers:
            self._deployments[runtime.id, qualifier] = Deployment(
                runtime, qualifier, agent_key=runtime.id, lifecycle=self._lifecycle
            )
        return runtime

    def all(self) -> list[Runtime]:
        """The runtimes in the order in which they were added."""
        return list(self._by_id.values())

    def resolve(self, identifier: str, account_id: str | None, qualifier: str) -> Deployment:
        """What `identifier` (a full ARN, or a bare id with the account's id) and `qualifier` stand for.

        Raises:
            ValidationException: a bare id without an account id, or an account id that is none.
            ResourceNotFoundException: no such runtime here, or it has no such qualifier.
                Source: messages reported by users for unknown ARN, qualifier or region, read 2026-11-20 - observed
        """
        if account_id is not None and not is_account_id(account_id):
            raise ValidationException.of_field("accountId", "Member must satisfy regular expression pattern: [0-9]{12}")
        if identifier.startswith("arn:"):
            runtime = self._by_arn.get(identifier)
        elif account_id is None:
            raise ValidationException.of_field("accountId", "Member must not be null when the ARN is a bare id")
        else:
            runtime = self._by_id.get(identifier) if account_id == self._account_id else None
        deployment = None if runtime is None else self._deployments.get((runtime.id, qualifier))
        if deployment is None:
            raise ResourceNotFoundException(
                f"No endpoint or agent found with qualifier '{qualifier}' for agent {identifier}"
            )
        return deployment
