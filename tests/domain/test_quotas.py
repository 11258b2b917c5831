"""Quotas: points grow back steadily, an operation starts while some are left, and open operations are counted."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tunix_rt.domain.keys.quotas import Balance, Quotas
from tunix_rt.errors import RateLimited

ADA, BOB = uuid.uuid4(), uuid.uuid4()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_points_are_taken_and_grow_back():
    clock = Clock()
    quotas = Quotas(60, 0, clock)
    quotas.spend(ADA, 45)

    assert quotas.balance(ADA) == Balance(60, 15, 45)
    assert quotas.balance(BOB) == Balance(60, 60, 0)
    clock.seconds += 30
    assert quotas.balance(ADA) == Balance(60, 45, 15)
    clock.seconds += 600
    assert quotas.balance(ADA) == Balance(60, 60, 0)


def test_an_operation_that_costs_more_than_a_minute_is_paid_by_a_longer_wait():
    clock = Clock()
    quotas = Quotas(60, 0, clock)
    quotas.spend(ADA, 150)

    with pytest.raises(
        RateLimited, match=r"This client has used its 60 points for this minute; wait 92 seconds"
    ) as caught:
        quotas.spend(ADA, 1)
    assert caught.value.retry_seconds == 92
    quotas.spend(BOB, 1)
    clock.seconds += 92
    quotas.spend(ADA, 1)


def test_parts_of_a_second_count():
    clock = Clock()
    quotas = Quotas(120, 0, clock)
    quotas.spend(ADA, 119)
    clock.seconds += 0.5

    assert quotas.balance(ADA) == Balance(120, 2, 59)


def test_every_operation_costs_at_least_one_point():
    quotas = Quotas(2, 0, Clock())
    quotas.spend(ADA, 0)
    quotas.spend(ADA, 0)
    with pytest.raises(RateLimited):
        quotas.spend(ADA, 0)


def test_without_a_limit_or_a_key_nothing_is_counted():
    for quotas, key in ((Quotas(0, 0), ADA), (Quotas(1, 1), None)):
        for _ in range(3):
            quotas.spend(key, 100)
            quotas.open_operation(key)
        assert quotas.balance(key) is None


def test_open_operations_of_a_key_are_limited():
    quotas = Quotas(0, 2)
    quotas.open_operation(ADA)
    quotas.open_operation(ADA)
    with pytest.raises(RateLimited, match=r"A client may have at most 2 operations open") as caught:
        quotas.open_operation(ADA)
    assert caught.value.retry_seconds is None
    quotas.open_operation(BOB)
    quotas.close_operation(ADA)
    quotas.open_operation(ADA)
    with pytest.raises(RateLimited):
        quotas.open_operation(ADA)


@given(
    points=st.integers(1, 1000),
    steps=st.lists(st.tuples(st.integers(0, 500), st.floats(0, 100)), min_size=1, max_size=20),
)
def test_a_key_that_waits_as_long_as_it_is_asked_to_is_served(points: int, steps: list[tuple[int, float]]):
    clock = Clock()
    quotas = Quotas(points, 0, clock)
    for cost, pause in steps:
        clock.seconds += pause
        try:
            quotas.spend(ADA, cost)
            event("served at once")
        except RateLimited as error:
            event("served after the wait")
            clock.seconds += error.retry_seconds or 0
            quotas.spend(ADA, cost)
