"""Events of runs, with any followers: each event comes once, in order, and the stream ends with the run."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, AsyncIterator
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

from tests.property.conftest import Reached
from tests.support.run_requests import append_entries, entered, line, points, state
from tests.support.strategies import bounded
from tunix_rt.api.live import job_events
from tunix_rt.api.runs.events import RunEvent, RunLogLine, RunMetricPoint, RunState, read_run_events
from tunix_rt.api.runs.subscriptions import run_events
from tunix_rt.db.identity import now
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.domain.runs.downsampling import POINTS_MIN, Downsampler, Point
from tunix_rt.domain.runs.timeline import ENTRIES_READ

FOLLOWERS = 3
ACTIONS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 30)),
    st.tuples(st.just("append"), st.integers(ENTRIES_READ - 1, ENTRIES_READ + 2)),
    st.tuples(st.just("take"), st.integers(0, FOLLOWERS - 1)),
    st.tuples(st.just("drop"), st.integers(0, FOLLOWERS - 1)),
    st.tuples(st.just("retry"), st.just(0)),
)


@pytest.fixture(autouse=True)
def quick_and_forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often and keeps little, so that followers fall behind."""
    monkeypatch.setattr(job_events, "POLL_SECONDS", 0.002)
    monkeypatch.setattr(job_events, "KEPT_EVENTS", 20)


@pytest.fixture
async def feed(database: Database) -> AsyncIterator[job_events.JobEvents]:
    """The event followers of one server."""
    feed = job_events.JobEvents(database, "tunix_runs", read_run_events, ENTRIES_READ)
    yield feed
    await feed.close()


class Follower:
    """A client that connects again wherever it was cut off."""

    def __init__(self, info: Any, run: dict[str, Any]) -> None:
        self.info, self.run = info, run
        self.got: list[RunEvent] = []
        self.stream: AsyncGenerator[list[RunEvent], None] | None = None

    async def take(self) -> bool:
        """Receives the next list of events; false at the end of the stream.

        A stream ends with the run; to hear of a run that is tried again, one connects again.
        """
        if self.stream is None:
            after = self.got[-1].seq if self.got else 0
            self.stream = run_events(self.info, strawberry.ID(str(self.run["id"])), after)
        try:
            self.got += await anext(self.stream)
        except StopAsyncIteration:
            assert isinstance(self.got[-1], RunState)
            assert self.got[-1].status in ENDS
            self.stream = None
            return False
        return True

    async def drop(self) -> None:
        """Loses the connection."""
        if self.stream is not None:
            await self.stream.aclose()
            self.stream = None


@bounded(30)
@given(actions=st.lists(ACTIONS, max_size=15), seed=st.integers(0, 1000))
async def test_each_event_comes_once_and_in_order(
    database: Database, feed: job_events.JobEvents, actions: list[tuple[str, int]], seed: int
):
    chance = random.Random(seed)  # noqa: S311 - test data
    info = SimpleNamespace(context=SimpleNamespace(database=database, services=SimpleNamespace(run_events=feed)))
    run = await entered(database)
    output: list[type] = []
    followers = [Follower(info, run) for _ in range(FOLLOWERS)]

    async def speak(number: int, **columns: Any) -> None:
        kinds = {
            RunLogLine: line("x"),
            RunMetricPoint: points("m", [0.5])[0],
            RunState: state("RUNNING"),
        }
        chosen = chance.choices(list(kinds), k=number)
        await append_entries(database, run, [kinds[kind] for kind in chosen], **columns)
        output.extend(chosen)

    for action, number in actions:
        follower = followers[number] if action in {"take", "drop"} else None
        if action == "append":
            await speak(number)
        elif action == "retry":
            await append_entries(database, run, [state("FAILED")], status="FAILED", completed_at=now())
            await append_entries(database, run, [state("PENDING")], status="PENDING", completed_at=None)
            output += [RunState, RunState]
        elif follower is not None and action == "drop":
            await follower.drop()
        elif follower is not None and len(follower.got) < len(output):
            assert await follower.take() or await follower.take(), "there is more to be heard"
    await append_entries(database, run, [state("COMPLETED")], status="COMPLETED", completed_at=now())
    output.append(RunState)

    for follower in followers:
        while len(follower.got) < len(output):
            assert await follower.take() or await follower.take(), "there is more to be heard"
        await follower.drop()
        assert not await follower.take(), "a follower that returns after the end gets an ended stream"
        assert [event.seq for event in follower.got] == list(range(1, len(output) + 1))
        assert [type(event) for event in follower.got] == output


async def test_a_follower_at_any_place_gets_the_very_next_event(database: Database, feed: job_events.JobEvents):
    run = await entered(database)
    await append_entries(database, run, [line("0")])
    stream = feed.follow(run["id"], 0)
    await anext(stream)
    tail = feed._open[run["id"]]

    async def read_to(seq: int) -> None:
        while (tail._newest or 0) < seq:
            await tail.arrived.wait_for_change(tail.arrived.count)

    await read_to(1)
    await append_entries(database, run, [line(str(number)) for number in range(1, 30)])
    await read_to(30)
    assert [row.seq for row in tail._rows] == list(range(11, 31)), "twenty are in memory"

    for seq in range(31):
        assert [row.seq for row in await tail.after(seq)] == list(range(seq + 1, 31))
    await stream.aclose()


def downsampled(wanted: list[Point], most: int) -> list[Point]:
    """Returns the expected points of a curve: of the narrowest buckets of 1, 2, 4, ... steps that are few enough."""
    width, start = 1, wanted[0].step
    while len({(point.step - start) // width for point in wanted}) > (most - 2) // 3:
        width *= 2
    kept = {wanted[0], wanted[-1]}
    for place in {(point.step - start) // width for point in wanted}:
        bucket = [point for point in wanted if (point.step - start) // width == place]
        finite = [point for point in bucket if point.value is not None]
        kept |= {choose(finite, key=lambda point: point.value or 0.0) for choose in (min, max) if finite}
        kept |= set([point for point in bucket if point.value is None][:1])
    return sorted(kept)


@st.composite
def long_curves(draw: st.DrawFn) -> list[Point]:
    """Points of a hundred steps and more, many of them no numbers."""
    gaps = draw(st.lists(st.integers(1, 4), min_size=100, max_size=200))
    steps = list(accumulate(gaps))
    kinds = st.sampled_from([None, None, 1.0, 2.0, 3.0, -1.0])
    values = draw(st.lists(kinds, min_size=len(steps), max_size=len(steps)))
    return [
        Point(step, seq, value, "NAN" if value is None else "FINITE")
        for seq, (step, value) in enumerate(zip(steps, values, strict=True))
    ]


@bounded(100)
@given(wanted=long_curves(), most=st.integers(POINTS_MIN, 60), page=st.integers(1, 100))
def test_of_each_bucket_stay_the_least_the_greatest_and_the_first_that_is_not_a_number(
    reached: Reached, wanted: list[Point], most: int, page: int
):
    downsampler = Downsampler(most)
    for start in range(0, len(wanted), page):
        downsampler.extend(wanted[start : start + page])
    found = downsampler.points()

    assert found == downsampled(wanted, most)
    reached("points left out that are not numbers", any(point.value is None for point in set(wanted) - set(found)))


@st.composite
def curves(draw: st.DrawFn) -> list[Point]:
    """Points as they are read: steps ascend, and some come again."""
    steps = sorted(draw(st.lists(st.integers(0, 400), max_size=300)))
    finite = st.floats(-100, 100).map(lambda value: ("FINITE", value))
    odd = st.sampled_from([("NAN", None), ("POSITIVE_INFINITY", None)])
    chosen = draw(st.lists(st.one_of(finite, finite, odd), min_size=len(steps), max_size=len(steps)))
    return [Point(step, seq, value, kind) for seq, (step, (kind, value)) in enumerate(zip(steps, chosen, strict=True))]


@given(given_points=curves(), most=st.integers(POINTS_MIN, 60), page=st.integers(1, 100))
def test_a_downsampled_curve_keeps_its_ends_and_its_extremes(given_points: list[Point], most: int, page: int):
    downsampler = Downsampler(most)
    for start in range(0, len(given_points), page):
        downsampler.extend(given_points[start : start + page])
    found = downsampler.points()

    wanted = list({point.step: point for point in given_points}.values())
    assert downsampler.count == len(wanted)
    assert len(found) <= most
    assert [point.step for point in found] == sorted({point.step for point in found})
    assert set(found) <= set(wanted)
    if len(wanted) <= most:
        assert found == wanted
        return
    assert (found[0], found[-1]) == (wanted[0], wanted[-1])
    finite = [point.value for point in wanted if point.value is not None]
    kept = [point.value for point in found if point.value is not None]
    assert (min(finite, default=0), max(finite, default=0)) == (min(kept, default=0), max(kept, default=0))
    first_odd = next((point for point in wanted if point.value is None), None)
    assert first_odd is None or first_odd in found
