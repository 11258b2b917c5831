import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type uPlot from "uplot";
import type { ReactElement } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { ChartControls } from "./ChartControls.tsx";
import { LineChart } from "./LineChart.tsx";
import { logRange, logTickText, tickText, tickTexts } from "./plot/options.ts";
import type { ChartSeries } from "./series/series.ts";
import { useChartSettings } from "./useChartSettings.ts";

/** The recorded plots, in place of a canvas. */
const drawn = vi.hoisted(() => ({ plots: [] as FakePlot[] }));

interface FakePlot {
  options: uPlot.Options;
  data: uPlot.AlignedData;
  over: HTMLElement;
  isDestroyed: boolean;
}

vi.mock("uplot", () => ({
  default: class {
    options: uPlot.Options;
    data: uPlot.AlignedData;
    over = document.createElement("div");
    isDestroyed = false;
    height = 200;
    cursor = { left: 5, top: 5 };
    setCursor(): void {}
    constructor(options: uPlot.Options, data: uPlot.AlignedData) {
      this.options = options;
      this.data = data;
      drawn.plots.push(this);
    }
    setData(data: uPlot.AlignedData): void {
      this.data = data;
    }
    setSize(): void {}
    redraw(): void {}
    destroy(): void {
      this.isDestroyed = true;
    }
  },
}));

beforeEach(() => void drawn.plots.splice(0));

const TRAIN: ChartSeries = { label: "train/loss", steps: [1, 2, 3], values: [4, null, 2], kinds: ["FINITE", "NAN", "FINITE"] };
const EVAL: ChartSeries = { label: "eval/loss", steps: [2, 4], values: [3, -1] };

function Charts(): ReactElement {
  const settings = useChartSettings();
  return (
    <>
      <ChartControls settings={settings} />
      <LineChart title="loss" series={[TRAIN, EVAL]} syncKey="run" smoothing={settings.smoothing} isLog={settings.isLog} />
    </>
  );
}

function last(): FakePlot {
  const plot = drawn.plots.at(-1);
  if (plot === undefined) {
    throw new Error("nothing was drawn");
  }
  return plot;
}

describe("LineChart", () => {
  it("draws its lines, describes them, and hides one that the legend is clicked for", async () => {
    renderPage(<Charts />);
    expect(last().data).toEqual([[1, 2, 3, 4], [4, null, 2, undefined], [undefined, 3, undefined, -1]]);
    expect(last().options.cursor?.sync?.key).toBe("run");
    const entry = screen.getByRole("button", { name: "train/loss 2" });

    await userEvent.click(entry);

    expect(last().data).toEqual([[2, 4], [3, -1]]);
    expect(entry).toHaveAttribute("aria-pressed", "false");
    expect(screen.getByRole("img").getAttribute("aria-label")).not.toContain("train/loss");
    await userEvent.click(entry);
    expect(last().data).toHaveLength(3);
    expect(drawn.plots.filter((plot) => !plot.isDestroyed)).toHaveLength(1);
  });

  it("smooths over faint lines and uses a logarithmic axis by the URL", async () => {
    const { router } = renderPage(<Charts />, { at: "/?smooth=0.5" });
    expect(last().options.series).toHaveLength(5);
    expect(last().data[1]).toEqual([4, null, 2, undefined]);
    expect(last().data[3]).toEqual([4, null, expect.closeTo(8 / 3, 10), undefined]);

    await userEvent.click(screen.getByRole("switch", { name: "Log scale" }));
    expect(router.state.location.search).toBe("?smooth=0.5&scale=log");
    expect(last().options.scales?.["y"]?.distr).toBe(3);
    expect(screen.getByText(/1 value of 0 or less/)).toBeVisible();
    expect(tickTexts([0, 0.0025, 0.005, null])).toEqual(["0.0000", "0.0025", "0.0050", ""]);
    expect([tickTexts([6, 6.5, 7]), tickTexts([0, 10]), tickTexts([1e-5, 0.5])]).toEqual([["6.0", "6.5", "7.0"], ["0", "10"], ["1e-5", "0.5"]]);
    expect([null, 0, 0.00025, 25, 2e-5, -2.5e41].map(tickText)).toEqual(["", "0", "0.00025", "25", "2e-5", "-2.5e41"]);
    expect([0.02, 0.00137279].map(logTickText)).toEqual(["0.02", ""]);
    expect(logRange(null, 1, 10)).toEqual([1 / 1.1, 11]);

    screen.getByRole("slider", { name: "Smoothing" }).focus();
    await userEvent.keyboard("{Home}");
    expect(router.state.location.search).toBe("?scale=log");
  });

  it("shows the values under the cursor, and the way back from a zoom", async () => {
    renderPage(<Charts />);
    const { hooks } = last().options;
    const reset = vi.fn<() => void>();
    last().over.addEventListener("dblclick", reset);
    const plot = { cursor: { idx: 1 }, scales: { x: { min: 2, max: 3 } } } as unknown as uPlot;

    act(() => {
      hooks?.setCursor?.[0]?.(plot);
      hooks?.setScale?.[0]?.(plot, "x");
    });

    expect(screen.getByText("step 2")).toBeVisible();
    expect(screen.getByRole("button", { name: "train/loss NaN" })).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Reset zoom" }));
    expect(reset).toHaveBeenCalledOnce();
  });

  it("draws a mark where a value is not finite", () => {
    renderPage(<Charts />);
    const fill = vi.fn<() => void>();
    const ctx = { save() {}, restore() {}, beginPath() {}, rect() {}, clip() {}, moveTo() {}, lineTo() {}, fill };
    const bbox = { left: 0, top: 0, width: 100, height: 100 };
    last().options.hooks?.draw?.[0]?.({ ctx, bbox, valToPos: (step: number) => step } as unknown as uPlot);
    expect(fill).toHaveBeenCalledTimes(1);
  });

  it("is also a table and a file", async () => {
    renderPage(<Charts />);
    await userEvent.click(screen.getByRole("button", { name: "Show loss as a table" }));
    const table = await screen.findByRole("table", { name: "loss" });
    expect(within(table).getAllByRole("row")).toHaveLength(5);
    const link = screen.getByRole("link", { name: "Download CSV" });
    expect(link).toHaveAttribute("download", "loss.csv");
    expect(decodeURIComponent(link.getAttribute("href") ?? "")).toContain("2,NaN,3");
  });
});
