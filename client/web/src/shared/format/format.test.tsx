import { act, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { bytes, decimal, decimalsFor, numberOf, parseNumber, percent, short, whole, withSign } from "./numbers.ts";
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

it("reads the number of a field, if it has one", () => {
  expect([0.5, "0.", "-1.50", "", "-"].map(parseNumber)).toEqual([0.5, 0, -1.5, undefined, undefined]);
});

it("writes the numbers of a column with the same room behind their points", () => {
  const column = [4.3291, 5.69, 0.5, 295.684_21, 0.0123, 0.0015, 1532, 0, -1, 15_989.46].map(decimal);
  expect(column.map(({ text }) => text)).toEqual(["4.329", "5.690", "0.500", "295.684", "0.0123", "0.0015", "1,532", "0", "-1", "15989.5"]);
  const rooms = column.map(({ text, rest }) => (text + rest).split(".")[1]?.length);
  expect(new Set(rooms)).toEqual(new Set([4]));
  expect([1e-4, 25_000_000.5, 12_345_678_901, Number.NaN].map((value) => decimal(value).text)).toEqual(["1e-4", "2.5e+7", "1.23e+10", "NaN"]);
});

it("writes numbers that are shown together with as many decimals as the largest allows", () => {
  expect([[0.5, 1], [-99.9], [100, 0.5], [12_345], []].map(decimalsFor)).toEqual([3, 3, 1, 0, 3]);
  expect([2.5, -1, 0.001, 0].map((difference) => withSign(difference, 2))).toEqual(["+2.50", "−1.00", "0.00", "0.00"]);
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

it("is current at once after no time was shown for a while", () => {
  vi.useFakeTimers({ now: Date.now() });
  renderPage(<RelativeTime at={new Date().toISOString()} />).unmount();
  vi.advanceTimersByTime(3_600_000);
  renderPage(<RelativeTime at={new Date(Date.now() - 1_800_000).toISOString()} />);
  expect(screen.getByText("30 min. ago")).toBeVisible();
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
