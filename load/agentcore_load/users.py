"""The Locust user: one setup call, then invocations one after another, each read to its end.

Importing this module imports Locust, which patches the sockets of the whole process.
"""

import json
import random
from typing import ClassVar, Final

import gevent
from geventhttpclient.client import HTTPClient
from geventhttpclient.url import URL
from locust import FastHttpUser, constant, task
from locust.env import Environment
from locust.exception import StopUser

from agentcore_load.fields import Json
from agentcore_load.history import SetupDone, StreamOutcome
from agentcore_load.observation import Invocation, Observation
from agentcore_load.plan import Setup
from agentcore_load.recorder import Recorder
from agentcore_load.stream_reader import BROKEN, Request, clock, describe, follow
from agentcore_load.template import fill, fill_path, resolve

_PAUSE_AFTER_REFUSAL_S: Final = 0.25
"""A target that refuses at once would otherwise be asked thousands of times a second."""
_RUN_ENDED: Final = "still open when the run ended"
_REFUSED: Final = (StreamOutcome.CONNECT_ERROR, StreamOutcome.HTTP_ERROR)


class StreamUser(FastHttpUser):
    """A caller of the target. `user_class` makes the class that Locust runs."""

    abstract = True
    recorder: ClassVar[Recorder]
    wait_time = constant(0)
    insecure = False
    concurrency = 1
    connection_timeout = 10.0

    def __init__(self, environment: Environment) -> None:
        plan = self.recorder.plan
        self.host = plan.base_url
        # A silent target is recorded as unfinished at the end of the run, not cut short by a timeout of ours.
        self.network_timeout = plan.duration_s + plan.stop_timeout_s + 60
        super().__init__(environment)
        url = URL(plan.base_url)
        self._http: HTTPClient = self.client.client.clientpool.get_client(url)
        self._prefix = url.path.rstrip("/")
        self._number = self.recorder.next_user()
        self._n = 0
        self._saved: dict[str, str] = {}

    def on_start(self) -> None:
        """Wait for this user's place in the ramp, then make the setup call; without it the user is of no use."""
        gevent.sleep(self._place_in_ramp_s())
        setup = self.recorder.plan.setup
        if setup is not None and not self._set_up(setup):
            raise StopUser

    @task
    def invoke(self) -> None:
        """One invocation, recorded in whatever way it ends."""
        plan, recorder = self.recorder.plan, self.recorder
        request = self._request(plan.invoke.method, plan.invoke.path, plan.invoke.body, accept="text/event-stream")
        which = Invocation(self._number, self._n, self._saved.get("session_id"))
        self._n += 1
        outcome: StreamOutcome = StreamOutcome.UNFINISHED
        error: str | None = _RUN_ENDED
        recorder.stream_opened()
        observation = Observation(plan.invoke.events, recorder.begun_s, clock())
        try:
            outcome, error = follow(self._http, request, observation)
        finally:
            record = observation.record(which, clock(), outcome, error)
            recorder.stream_closed(record)
        self.environment.events.request.fire(
            request_type="SSE",
            name=plan.invoke.path,
            response_time=record.total_ms,
            response_length=record.bytes,
            exception=None if outcome is StreamOutcome.OK else RuntimeError(f"{outcome}: {error}"),
            context={},
        )
        if outcome in _REFUSED:
            gevent.sleep(_PAUSE_AFTER_REFUSAL_S)

    def _set_up(self, setup: Setup) -> bool:
        request = self._request(setup.method, setup.path, setup.body, accept="application/json")
        status: int | None = None
        error: str | None = _RUN_ENDED
        sent_s = clock()
        try:
            response = self._http.request(*request)
            status = response.status_code
            body = response.read()
            error = self._take(setup, status, body)
        except BROKEN as broken:
            error = describe(broken)
        finally:
            started_s = round(sent_s - self.recorder.begun_s, 6)
            took_ms = round((clock() - sent_s) * 1000, 3)
            self.recorder.setup_done(SetupDone(self._number, started_s, took_ms, status, error))
        return error is None

    def _take(self, setup: Setup, status: int, body: bytes) -> str | None:
        """Keep what the plan wants of the answer; why that failed, or None."""
        if status != setup.expect_status:
            return f"expected status {setup.expect_status}, got {status}: {body[:300].decode('utf-8', 'replace')}"
        try:
            document = json.loads(body) if setup.save else None
            self._saved = {name: resolve(document, pointer) for name, pointer in setup.save.items()}
        except (ValueError, LookupError) as error:
            return f"the answer to the setup call: {error}"
        return None

    def _request(self, method: str, path: str, body: Json, *, accept: str) -> Request:
        values = {**self._saved, "user": str(self._number), "n": str(self._n)}
        headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "agentcore-load"}
        content = b""
        if body is not None:
            content = json.dumps(fill(body, values)).encode()
            headers["Content-Type"] = "application/json"
        if self.recorder.plan.tokens:
            headers["Authorization"] = f"Bearer {self.recorder.plan.tokens[self._number]}"
        return Request(method, self._prefix + fill_path(path, values), content, headers)

    def _place_in_ramp_s(self) -> float:
        """Locust starts a whole second's users at once; they are spread over that second here, by the plan's seed."""
        plan = self.recorder.plan
        at_once = max(1, int(plan.spawn_rate))
        jitter = random.Random(f"{plan.seed}:{self._number}").random()  # noqa: S311 - a start time is no secret
        return (self._number % at_once + jitter) / plan.spawn_rate


def user_class(of: Recorder) -> type[StreamUser]:
    """The user class of one run; Locust makes its users itself, so what they share stands on their class."""

    class LoadUser(StreamUser):
        abstract = False
        recorder = of

    return LoadUser
