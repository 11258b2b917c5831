import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { barsOf, binsOf, histogramSummary, valueText } from "./bins.ts";
import { Histogram } from "./Histogram.tsx";
import { drawLines } from "./plot/drawing.ts";
import { plotOptions } from "./plot/options.ts";
import { Sparkline, sparkPath } from "./Sparkline.tsx";

const ignore = (): void => {};

const BINS = [
  { from: 0, to: 0.1, count: 1 },
  { from: 0.1, to: 0.2, count: 9 },
  { from: 0.2, to: 0.3, count: 0 },
];

describe("Histogram", () => {
  it("is bars of heights by count, words, and a table", async () => {
    renderPage(<Histogram title="Scores" xLabel="Score" bins={BINS} height={100} />);
    const picture = screen.getByRole("img", { name: "Scores: 10 values from 0 to 0.3, most between 0.1 and 0.2 (9)" });
    expect([...picture.querySelectorAll("rect")].map((bar) => Number(bar.getAttribute("height")))).toEqual([96 / 9, 96, 0]);
    expect([screen.getByText("Score"), screen.getByText("0"), screen.getByText("0.3")]).toHaveLength(3);
    expect(histogramSummary("Steps", [])).toBe("Steps: no values");

    await userEvent.click(screen.getByRole("button", { name: "Show Scores as a table" }));
    expect(within(await screen.findByRole("table", { name: "Scores" })).getAllByRole("row")).toHaveLength(4);
  });

  it("ends at the highest whole number, and names each bar of a few", () => {
    const bins = binsOf([{ low: 3, high: 4, count: 2 }, { low: 4, high: 5, count: 5 }], true);
    renderPage(<Histogram title="Steps" xLabel="Steps of a trace" bins={bins} />);
    expect(screen.getByRole("img", { name: "Steps: 7 values from 3 to 4, most at 4 (5)" })).toBeVisible();
    expect([screen.getByText("3"), screen.getByText("4"), screen.getByText("Steps of a trace")]).toHaveLength(3);
    expect(screen.queryByText("5")).toBeNull();
    expect(binsOf([{ low: 90, high: 100, count: 1 }], true)).toEqual([{ from: 90, to: 99, count: 1 }]);
    expect([12345, 1e12, 0.123456].map(valueText)).toEqual(["12,345", "1e+12", "0.1235"]);
    expect(binsOf([{ low: 90, high: 100, count: 1 }], false)).toEqual([{ from: 90, to: 100, count: 1 }]);
  });

  it("shows a single value as a bar in the middle, with its name", () => {
    const bins = [{ from: 12, to: 12, count: 40 }];
    expect(barsOf(bins)).toEqual({ places: 7, before: 3, areNamed: true });
    expect(histogramSummary("Steps", bins)).toBe("Steps: all 40 values are 12");
    expect(histogramSummary("Steps", [{ from: 12, to: 12, count: 1 }])).toBe("Steps: one value, 12");
    expect(barsOf(BINS)).toEqual({ places: 3, before: 0, areNamed: false });
    expect(barsOf([])).toEqual({ places: 1, before: 0, areNamed: false });
  });
});

describe("a chart of lines", () => {
  it("names its steps, and makes a single value easy to find", () => {
    const line = { label: "loss", colour: 0, isShown: true };
    const many = { ...line, steps: [1, 2], values: [3, 2] };
    const lone = { ...line, label: "eval", steps: [1, 2], values: [null, 2] };
    const { lines } = drawLines([many, lone], 0, false);
    const options = plotOptions({ lines, scheme: "light", isLog: false, height: 200, syncKey: undefined }, 300, { cursor: ignore, scale: ignore, marks: () => [] });
    expect(options.axes?.[0]?.label).toBe("Step");
    expect(options.series.slice(1).map(({ points }) => points?.size)).toEqual([4, 9]);
  });
});

describe("Sparkline", () => {
  it("fills its box, and breaks at a gap", () => {
    renderPage(<Sparkline label="train/loss" steps={[0, 1, 2]} values={[5, null, 1]} />);
    expect(screen.getByRole("img", { name: /train\/loss: from 5 at step 0 to 1 at step 2/ })).toBeVisible();
    expect(sparkPath([0, 10, 20, 30], [1, 2, null, 3], 34, 14)).toBe("M2 12L12 7M32 2");
    expect(sparkPath([1], [7], 20, 10)).toBe("M10 5");
  });
});
