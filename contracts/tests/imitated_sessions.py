"""The sessions of the imitated data plane: started, limited in number, ended by stop, idleness and age."""

import threading
import uuid
from dataclasses import dataclass, field
from typing import Final

from defects import LIMITS_OF_ID, Defect
from imitated_agent import Process
from imitated_control import Version
from imitated_errors import ServiceError

START_S: Final = 0.6
"""How long a session of the runtime `slow` takes to start."""
SESSION_QUOTA: Final = 1000


@dataclass
class Session:
    """One session, with the version it began with."""

    version: Version
    begun_s: float
    used_s: float
    process: Process
    ready: threading.Event = field(default_factory=threading.Event)


class Sessions:
    """All sessions, and the clock they live by, which moves only when it is told to."""

    def __init__(self, defect: Defect | None) -> None:
        self._defect = defect
        self._sessions: dict[tuple[str, str], Session] = {}
        self._lock = threading.Lock()
        self.now_s = 0.0
        self.quota = SESSION_QUOTA
        self.started = 0

    def id_of(self, given: str | None) -> str:
        """The id of a session: the caller's, when it is as long as it must be, else a new one."""
        if given is None:
            return uuid.uuid4().hex if self._defect is Defect.GENERATED_ID_TOO_SHORT else str(uuid.uuid4())
        shortest, longest = LIMITS_OF_ID.get(self._defect, (33, 256))
        if not shortest <= len(given) <= longest:
            raise ServiceError(400, "ValidationException", "runtimeSessionId: length must be 33 to 256")
        return given

    def process(self, version: Version, session_id: str) -> Process:
        """The process behind a session, which is started when there is none."""
        of_contract = version.runtime_id.startswith("contract-")
        if of_contract and self._defect is Defect.NEW_PROCESS_EACH_TIME:
            return Process(version.variant)
        one_for_all = of_contract and self._defect is Defect.ONE_PROCESS_FOR_ALL
        key = (version.runtime_id, "" if one_for_all else session_id)
        with self._lock:
            session = self._sessions.get(key)
            if session is not None and self._is_over(session, version):
                session = None
            started = session is None
            if session is None:
                session = self._start(version)
                self._sessions[key] = session
            session.used_s = self.now_s
        if started and version.slow:
            session.process.ended.wait(START_S)
        if started:
            session.ready.set()
        elif not session.ready.is_set():
            self._meet_start(session)
        return session.process

    def end(self, version: Version, session_id: str) -> None:
        """Stop a session."""
        with self._lock:
            keep = self._defect is Defect.STOP_KEEPS_PROCESS
            key = (version.runtime_id, session_id)
            session = self._sessions.get(key) if keep else self._sessions.pop(key, None)
        if session is None:
            if self._defect is not Defect.STOP_OF_UNKNOWN_IS_200:
                raise ServiceError(404, "ResourceNotFoundException", "no such session")
        elif self._defect is not Defect.STOP_LEAVES_STREAM:
            session.process.ended.set()
            if keep:
                session.process.ended = threading.Event()

    def end_all(self) -> None:
        """Cut every stream."""
        for session in list(self._sessions.values()):
            session.process.ended.set()

    def _start(self, version: Version) -> Session:
        if len(self._sessions) >= self.quota and self._defect is not Defect.QUOTA_IGNORED:
            named = "" if self._defect is Defect.QUOTA_NOT_NAMED else "maxVms limit exceeded for account 123456789012."
            status = 429 if self._defect is Defect.QUOTA_IS_429 else 402
            raise ServiceError(status, "ServiceQuotaExceededException", f"{named} Please contact AWS Support.")
        self.started += 1
        return Session(version, self.now_s, self.now_s, Process(version.variant))

    def _meet_start(self, session: Session) -> None:
        if self._defect is Defect.SECOND_OPERATION_WAITS:
            session.ready.wait(10)
            return
        kind = "ConflictException" if self._defect is Defect.CONFLICT_NOT_RETRYABLE else "RetryableConflictException"
        unexplained = self._defect is Defect.CONFLICT_NOT_EXPLAINED
        raise ServiceError(409, kind, "conflict" if unexplained else "Session operation in progress, please retry")

    def _is_over(self, session: Session, version: Version) -> bool:
        if self._defect is Defect.RUNNING_SESSION_REPLACED and session.version.number != version.number:
            return True
        ping, defect = session.process.ping, self._defect
        keeping = {
            "Healthy": defect is Defect.IDLE_NEVER_ENDS,
            "HealthyBusy": defect is not Defect.BUSY_ENDS_WHEN_IDLE,
            "advancing": defect is not Defect.ADVANCING_ENDS_WHEN_IDLE,
        }
        idle = self.now_s - session.used_s >= session.version.idle_s and not keeping[ping]
        begun_s = session.used_s if defect is Defect.LIFETIME_RESTARTS else session.begun_s
        immortal = defect is Defect.LIFETIME_NOT_FOR_BUSY and ping == "HealthyBusy"
        return idle or (self.now_s - begun_s >= session.version.lifetime_s and not immortal)
