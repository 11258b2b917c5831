import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { Histogram, histogramSummary } from "./Histogram.tsx";
import { Sparkline, sparkPath } from "./Sparkline.tsx";

const BINS = [
  { from: 0, to: 1, count: 1 },
  { from: 1, to: 2, count: 9 },
  { from: 2, to: 3, count: 0 },
];

describe("Histogram", () => {
  it("is bars of heights by count, words, and a table", async () => {
    renderPage(<Histogram title="Steps" bins={BINS} height={100} />);
    const picture = screen.getByRole("img", { name: "Steps: 10 values from 0 to 3, most between 1 and 2 (9)" });
    expect([...picture.querySelectorAll("rect")].map((bar) => Number(bar.getAttribute("height")))).toEqual([96 / 9, 96, 0]);
    expect(histogramSummary("Steps", [])).toBe("Steps: no values");

    await userEvent.click(screen.getByRole("button", { name: "Show Steps as a table" }));
    expect(within(await screen.findByRole("table", { name: "Steps" })).getAllByRole("row")).toHaveLength(4);
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
