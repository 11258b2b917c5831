import { describe, expect, it } from "vitest";
import { chartRows, toCsv } from "./csv.ts";
import { alignSeries, type ChartSeries, marksOf, nearest, positive } from "./series.ts";
import { smooth } from "./smoothing.ts";
import { chartSummary } from "./summary.ts";

const TRAIN: ChartSeries = { label: "train/loss", steps: [1, 2, 3], values: [4, null, 2], kinds: ["FINITE", "NAN", "FINITE"] };
const EVAL: ChartSeries = { label: "eval/loss", steps: [2, 4], values: [3, -1] };

describe("aligned", () => {
  it("gives all lines one axis; a gap is null, a step of other lines only is undefined", () => {
    const { steps, columns } = alignSeries([TRAIN, EVAL]);
    expect(steps).toEqual([1, 2, 3, 4]);
    expect(columns).toEqual([
      [4, null, 2, undefined],
      [undefined, 3, undefined, -1],
    ]);
    expect(nearest(columns[1] ?? [], 0)).toBe(1);
    expect(nearest([undefined], 0)).toBeUndefined();
  });

  it("marks values that are not finite, and leaves out those without a logarithm", () => {
    expect(marksOf([EVAL, TRAIN])).toEqual([{ step: 2, kind: "NAN", series: 1 }]);
    expect(positive(EVAL).values).toEqual([3, null]);
  });
});

describe("smoothed", () => {
  it("is the corrected moving average: the first value stays, a null does not count", () => {
    expect(smooth([4, null, 2], 0.5)).toEqual([4, null, (0.5 * 0.5 * 4 + 0.5 * 2) / 0.75]);
    expect(smooth([7, 7, 7], 0.9).every((value) => value !== null && Math.abs(value - 7) < 1e-12)).toBe(true);
    expect(smooth([1, 5], 0)).toEqual([1, 5]);
  });
});

describe("a chart in words and as a file", () => {
  it("describes ends, extremes and broken points", () => {
    expect(chartSummary("loss", [TRAIN])).toBe(
      "loss. train/loss: from 4 at step 1 to 2 at step 3, lowest 2, highest 4, 1 not finite.",
    );
    expect(chartSummary("loss", [])).toBe("loss: no line is shown");
    expect(chartSummary("loss", [{ label: "a", steps: [1], values: [null], kinds: ["NAN"] }])).toContain("no finite value");
  });

  it("is CSV with names quoted where they need it", () => {
    const text = toCsv(chartRows([TRAIN, { ...EVAL, label: 'eval, "held out"' }]));
    expect(text).toBe('step,train/loss,"eval, ""held out"""\r\n1,4,\r\n2,NaN,3\r\n3,2,\r\n4,,-1\r\n');
  });
});
