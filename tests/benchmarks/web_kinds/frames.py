"""The frames of a page while something moves, as its own clock sees them."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

SLOW_MS = 50

WATCH = """
() => {
  const watch = { frames: [], tasks: [], isOn: true };
  globalThis.__watch = watch;
  new PerformanceObserver((list) => watch.tasks.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask" });
  let last = performance.now();
  const frame = (now) => {
    watch.frames.push(now - last);
    last = now;
    if (watch.isOn) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
"""
STOP = "() => { const watch = globalThis.__watch; watch.isOn = false; return [watch.frames.slice(1), watch.tasks]; }"


@dataclass(frozen=True)
class Frames:
    """The times between frames, and the tasks that kept the page busy for longer than 50 ms, in milliseconds."""

    times: list[float]
    tasks: list[float]

    def cells(self) -> list[str]:
        """Returns the number of frames, quantiles of their times, and how many of frames and tasks were slow."""
        ordered = sorted(self.times)
        quantiles = [ordered[int(len(ordered) * part)] for part in (0.5, 0.99)]
        slow = sum(time > SLOW_MS for time in self.times)
        return [
            f"{len(self.times):,}",
            *(f"{time:.0f}" for time in (*quantiles, ordered[-1])),
            str(slow),
            str(len(self.tasks)),
            f"{max(self.tasks, default=0):.0f}",
        ]


COLUMNS = ["", "frames", "median ms", "99 % ms", "most ms", "over 50 ms", "tasks over 50 ms", "longest task"]


def watch(page: Page) -> None:
    """Starts to measure the frames of a page."""
    page.evaluate(WATCH)


def watched(page: Page) -> Frames:
    """Ends the measurement and returns what it has seen."""
    times, tasks = page.evaluate(STOP)
    return Frames(times, tasks)
