"""The runtimes there are, and which of them a request means."""

import hashlib
import string
from random import Random

from agentcore_emulator.arn import DEFAULT_QUALIFIER, RuntimeArn, is_account_id, is_runtime_name
from agentcore_emulator.clock import Clock
from agentcore_emulator.control.record import Endpoint, RuntimeRecord, Version
from agentcore_emulator.errors import ResourceNotFoundException, UsageError, ValidationException
from agentcore_emulator.model import AgentKind, Deployment, Lifecycle, Runtime, ServerProtocol

_ALPHABET = string.ascii_letters + string.digits


def runtime_id(name: str) -> str:
    """`<name>-<10 letters or digits>`, the same for the same name in every run."""
    digest = hashlib.sha256(name.encode()).digest()
    return f"{name}-{''.join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])}"


def random_id(name: str, random: Random) -> str:
    """`<name>-<10 letters or digits>`, another one each time."""
    return f"{name}-{''.join(random.choices(_ALPHABET, k=10))}"


class Registry:
    """Runtimes of one account in one region, by id: those of the command line, and those created over the API."""

    def __init__(self, region: str, account_id: str, clock: Clock, lifecycle: Lifecycle | None = None) -> None:
        self.region = region
        self.account_id = account_id
        self._clock = clock
        self._lifecycle = lifecycle or Lifecycle()
        self.base_url = ""
        self._records: dict[str, RuntimeRecord] = {}
        self._count = 0

    def add(
        self, name: str, kind: AgentKind, protocol: ServerProtocol = "HTTP", lifecycle: Lifecycle | None = None
    ) -> Runtime:
        """A runtime of the command line: READY in version 1, answered for by the agent of its name.

        Raises:
            UsageError: the name is not one a runtime may have, or is taken.
        """
        if not is_runtime_name(name):
            raise UsageError(
                f"'{name}' cannot name a runtime: a letter first, then letters, digits and underscores, 48 at most"
            )
        if runtime_id(name) in self._records:
            raise UsageError(f"runtime '{name}' is given twice; each runtime needs a name of its own")
        now = self._clock.wall()
        config = {
            "roleArn": f"arn:aws:iam::{self.account_id}:role/agentcore-emulator",
            "networkConfiguration": {"networkMode": "PUBLIC"},
            "protocolConfiguration": {"serverProtocol": protocol},
            "metadataConfiguration": {"requireMMDSV2": True},
        }
        record = self.new_record(name, runtime_id(name))
        record.add_version(Version(1, config, lifecycle or self._lifecycle, name, kind, now))
        record.endpoints[DEFAULT_QUALIFIER] = Endpoint(DEFAULT_QUALIFIER, 1, now, now, runtime_id(DEFAULT_QUALIFIER), 1)
        self.insert(record)
        return record.view()

    def new_record(self, name: str, identifier: str) -> RuntimeRecord:
        """A record that is not in the registry yet; its number tells what was made before what."""
        self._count += 1
        return RuntimeRecord(
            name, RuntimeArn(self.region, self.account_id, identifier), self._clock.wall(), self._count
        )

    def insert(self, record: RuntimeRecord) -> None:
        """From here on the runtime is found."""
        self._records[record.id] = record

    def find(self, identifier: str) -> RuntimeRecord | None:
        """The record of that runtime id, if there is one now."""
        record = self._records.get(identifier)
        if record is None:
            return None
        record.settle(self._clock.now())
        if record.progress.status == "GONE":
            del self._records[identifier]
            return None
        return record

    def records(self) -> list[RuntimeRecord]:
        """Every record there is now, in the order in which they were made."""
        return [record for identifier in list(self._records) if (record := self.find(identifier)) is not None]

    def all(self) -> list[Runtime]:
        """The runtimes in the order in which they were added."""
        return [record.view() for record in self.records()]

    def resolve(self, identifier: str, account_id: str | None, qualifier: str) -> Deployment:
        """What `identifier` (a full ARN, or a bare id with the account's id) and `qualifier` stand for.

        Raises:
            ValidationException: a bare id without an account id, an account id that is none, or a version that does
                not require version 2 of the metadata service.
                Source: text of the service since 2026-06-30, read 2026-11-20 - documented
            ResourceNotFoundException: no such runtime here, or it has no such qualifier.
                Source: messages reported by users for unknown ARN, qualifier or region, read 2026-11-20 - observed
        """
        if account_id is not None and not is_account_id(account_id):
            raise ValidationException.of_field("accountId", "Member must satisfy regular expression pattern: [0-9]{12}")
        if identifier.startswith("arn:"):
            record = self.find(identifier.rpartition("/")[2])
            if record is not None and record.arn_text != identifier:
                record = None
        elif account_id is None:
            raise ValidationException.of_field("accountId", "Member must not be null when the ARN is a bare id")
        else:
            record = self.find(identifier) if account_id == self.account_id else None
        deployment = None if record is None else record.deployment(qualifier, self.base_url)
        if deployment is None:
            raise ResourceNotFoundException(
                f"No endpoint or agent found with qualifier '{qualifier}' for agent {identifier}"
            )
        if not deployment.requires_mmds_v2:
            raise ValidationException("This runtime is not MMDSv2-enabled", reason="FieldValidationFailed")
        return deployment
