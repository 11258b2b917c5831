import { describe, expect, it, vi } from "vitest";
import { createBatch } from "./batch.ts";
import { continueCurves, type Curves, LIVE_POINTS_MAX, type MetricPoint, withPoints } from "./curves.ts";
import { linesOf, NOTHING_YET, type RunEvent, withEvents } from "./events.ts";

const point = (step: number, value: number | null = step, name = "train/loss"): MetricPoint => ({
  name,
  step,
  value,
  kind: value === null ? "NAN" : "FINITE",
});

const about = { at: "2026-01-01T00:00:00Z", attempt: 1 };
const EVENTS: RunEvent[] = [
  { __typename: "RunMetricPoint", seq: 1, ...about, ...point(1) },
  { __typename: "RunLogLine", seq: 2, ...about, stream: "STDOUT", text: "step 1" },
  {
    __typename: "RunState",
    seq: 3,
    ...about,
    status: "RUNNING",
    progress: 0.5,
    reason: null,
    trainingProgress: { __typename: "TrainingProgress", step: 1, totalSteps: 2, epoch: 0.5, etaSeconds: 3 },
  },
];

describe("withEvents", () => {
  it("adds up points and keeps the newest state; lines are for the log", () => {
    const live = withEvents(NOTHING_YET, EVENTS);
    expect(live.curves.get("train/loss")).toEqual({ steps: [1], values: [1], kinds: ["FINITE"] });
    expect(live.state?.seq).toBe(3);
    expect(linesOf(EVENTS).map(({ seq }) => seq)).toEqual([2]);
    expect(withEvents(live, linesOf(EVENTS))).toBe(live);
  });
});

describe("live curves", () => {
  it("replace what a retry measures again, and show what is not finite", () => {
    const first = withPoints(new Map(), [point(1), point(2), point(3), point(4, null)]);
    const retried = withPoints(first, [point(3, 30)]);
    expect(retried.get("train/loss")).toEqual({ steps: [1, 2, 3], values: [1, 2, 30], kinds: ["FINITE", "FINITE", "FINITE"] });
    expect(first.get("train/loss")?.kinds.at(-1)).toBe("NAN");
  });

  it("stay short however long the run is; the last point and what is not finite stay", () => {
    const points = Array.from({ length: LIVE_POINTS_MAX + 1 }, (_, step) => point(step, step === 7 ? null : step));
    const curve = withPoints(new Map(), points).get("train/loss");
    expect(curve?.steps.length).toBeLessThan(LIVE_POINTS_MAX / 2 + 3);
    expect(curve?.steps.at(-1)).toBe(LIVE_POINTS_MAX);
    expect(curve?.kinds[curve.steps.indexOf(7)]).toBe("NAN");
  });

  it("continue stored curves without a doubled step, and add metrics that are new", () => {
    const stored = { name: "train/loss", steps: [1, 2, 3], values: [1, 2, 3], kinds: ["FINITE", "FINITE", "FINITE"] } as const;
    const live: Curves = withPoints(new Map(), [point(2, 20), point(5, 50), point(4, 4, "eval/loss")]);
    const [train, evaluation] = continueCurves([stored], live);
    expect(train).toMatchObject({ label: "train/loss", steps: [1, 2, 5], values: [1, 20, 50] });
    expect(evaluation).toMatchObject({ label: "eval/loss", steps: [4] });
    expect(continueCurves([stored], new Map())[0]).toMatchObject({ steps: [1, 2, 3] });
  });
});

it("delivers together what comes within a moment, and the rest on demand", () => {
  vi.useFakeTimers();
  const delivered: number[][] = [];
  const batch = createBatch<number>((items) => void delivered.push([...items]), 50);
  batch.add([1, 2]);
  batch.add([3]);
  expect(delivered).toEqual([]);
  vi.advanceTimersByTime(50);
  batch.add([4]);
  batch.flush();
  batch.flush();
  vi.advanceTimersByTime(100);
  expect(delivered).toEqual([[1, 2, 3], [4]]);
  vi.useRealTimers();
});
