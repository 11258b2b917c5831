import { act, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { bytes, numberOf, percent, short, whole } from "./numbers.ts";
import { RelativeTime } from "./RelativeTime.tsx";
import { StatusBadge } from "./StatusBadge.tsx";
import { duration, exactTime, relativeTime } from "./time.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

it("writes times as seen from now", () => {
  const seen = ["2026-03-01T11:59:58Z", "2026-03-01T11:59:00Z", "2026-03-01T09:30:00Z", "2026-02-28T12:00:00Z", "2024-01-01T00:00:00Z"];

  expect(seen.map((at) => relativeTime(new Date(at), NOW))).toEqual(["now", "1 min. ago", "2 hr. ago", "yesterday", "2 yr. ago"]);
  expect(exactTime(NOW)).toMatch(/ · 2026-03-01T12:00:00Z$/);
});

it("writes lengths of time, numbers, sizes and shares", () => {
  expect([0.25, 12.34, 200, 7500].map(duration)).toEqual(["250 ms", "12.3 s", "3 min 20 s", "2 h 5 min"]);
  expect([0, 2.34567, 0.00001, 12_345_678, Number.NaN].map(short)).toEqual(["0", "2.346", "1e-5", "1.23e+7", "NaN"]);
  expect([999, 1_200_000, 5e15].map(bytes)).toEqual(["999 B", "1.2 MB", "5000.0 TB"]);
  expect([whole(1_234_567), percent(0.425)]).toEqual(["1,234,567", "43 %"]);
  expect([0, 1, 1200].map((count) => numberOf(count, "step"))).toEqual(["0 steps", "1 step", "1,200 steps"]);
});

it("keeps a relative time current, never in the future", () => {
  vi.useFakeTimers({ now: Date.now() });
  const at = new Date(Date.now() + 1000).toISOString();
  renderPage(<RelativeTime at={at} />);
  expect(screen.getByText("now")).toHaveAttribute("datetime", at);

  act(() => void vi.advanceTimersByTime(70_000));
  expect(screen.getByText("1 min. ago")).toBeVisible();
  vi.useRealTimers();
});

it("shows a status in words, not by its colour alone", () => {
  renderPage(
    <>
      <StatusBadge status="TIMEOUT" />
      <StatusBadge status="RUNNING" />
    </>,
  );

  expect(screen.getByText("Timed out")).toHaveAttribute("data-tone", "bad");
  expect(screen.getByText("Running")).toHaveAttribute("data-tone", "active");
});
