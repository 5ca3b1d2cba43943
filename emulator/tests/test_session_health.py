"""What answers to GET /ping mean, without an agent."""

import pytest

from agentcore_emulator.session_health import NO_ANSWER, Health, News, Ping, may_have_moved, read_ping

HEALTHY, BUSY = Ping(healthy=True), Ping(healthy=True, busy=True)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"status": "Healthy"}', HEALTHY),
        (200, b'{"status": "HealthyBusy", "time_of_last_update": 5}', Ping(healthy=True, busy=True, stamp=5.0)),
        (200, b'{"status": "Healthy", "time_of_last_update": "soon"}', HEALTHY),
        (200, b'{"status": "Healthy", "time_of_last_update": true}', HEALTHY),
        (200, b"not json", HEALTHY),
        (200, b"[]", HEALTHY),
        (200, b"\xff", HEALTHY),
        (500, b'{"status": "Healthy"}', NO_ANSWER),
    ],
)
def test_an_answer_is_read(status: int, body: bytes, expected: Ping) -> None:
    """200 is healthy whatever it says, any other status is not."""
    assert read_ping(status, body) == expected


def hear(*pings: Ping) -> list[News]:
    """What each of these pings, one after the other, means."""
    health = Health()
    return [health.hear(ping) for ping in pings]


def test_quiet_pings_change_nothing() -> None:
    """The first is quiet too: there is nothing to compare it with."""
    assert hear(HEALTHY, HEALTHY) == [News.QUIET, News.QUIET]


def test_the_end_of_being_busy_is_a_change() -> None:
    """Idle time begins then."""
    assert hear(BUSY, BUSY, HEALTHY, HEALTHY) == [News.BUSY, News.BUSY, News.CHANGED, News.QUIET]


def test_a_stamp_that_moves_is_a_change_each_time() -> None:
    """The trap: a time_of_last_update of now in every answer."""
    stamps = [Ping(healthy=True, stamp=float(n)) for n in (1, 2, 2, 3)]

    assert hear(*stamps) == [News.QUIET, News.CHANGED, News.QUIET, News.CHANGED]


def test_three_failures_in_a_row_are_the_end() -> None:
    """A good answer between them begins the count anew."""
    assert hear(NO_ANSWER, NO_ANSWER, HEALTHY, NO_ANSWER, NO_ANSWER, NO_ANSWER)[-3:] == [
        News.FAILED,
        News.FAILED,
        News.DEAD,
    ]


@pytest.mark.parametrize(("stamp", "may"), [(None, False), (99.0, False), (100.0, True), (101.0, True), (100.5, False)])
def test_a_stamp_of_whole_seconds_may_hide_that_it_moves(stamp: float | None, may: bool) -> None:
    """At 100.5 a stamp of 100 may be that of now; one of 99 is older than any of now could be."""
    assert may_have_moved(stamp, 100.5) is may
