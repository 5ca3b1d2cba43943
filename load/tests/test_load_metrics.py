"""Exact figures."""

import pytest

from agentcore_load.metrics import NEVER, concurrency, percentile


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([3.0, 1.0, 2.0], 50, 2.0),  # the order does not matter
        ([float(n) for n in range(1, 101)], 95, 95.0),
        ([float(n) for n in range(1, 101)], 7, 7.0),  # 7 / 100 * 100 is 7.000000000000001 in binary
        ([float(n) for n in range(1, 21)], 95, 19.0),  # the least count whose 95th is not the largest
        ([float(n) for n in range(1, 20)], 95, 19.0),
        ([5.0], 1, 5.0),
        ([1.0, 2.0], 100, 2.0),
        ([1.0, NEVER], 95, NEVER),
    ],
)
def test_percentile_is_the_nearest_rank(values: list[float], percent: float, expected: float) -> None:
    """A percentile is one of the values: the smallest that enough of them do not exceed."""
    assert percentile(values, percent) == expected


@pytest.mark.parametrize(("values", "percent"), [([], 95), ([1.0], 0), ([1.0], 101)])
def test_percentile_of_nothing_is_refused(values: list[float], percent: float) -> None:
    """There is no percentile of no values, nor one outside 0 to 100."""
    with pytest.raises(ValueError, match=r"no .*th percentile"):
        percentile(values, percent)


def test_concurrency_counts_what_overlaps() -> None:
    """The peak is the largest number open at once; the level was held for as long as that many were."""
    found = concurrency(starts=[0.0, 1.0, 2.0], ends=[3.0, 4.0, 2.5], level=2)
    assert (found.peak, found.held_s) == (3, 2.0)


def test_intervals_that_touch_do_not_overlap() -> None:
    """A user that starts its next stream the moment the last one ends is one stream, not two."""
    assert concurrency(starts=[0.0, 1.0, 2.0], ends=[1.0, 2.0, 3.0], level=2).peak == 1


def test_nothing_open_is_a_peak_of_zero() -> None:
    """No intervals, no concurrency."""
    assert concurrency([], [], level=1).peak == 0
