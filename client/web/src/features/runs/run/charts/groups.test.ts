import { expect, it } from "vitest";
import { refineSeries } from "./refineSeries.ts";
import { chartGroups, datasetCounts } from "./groups.ts";

const line = (label: string, ...values: number[]) => ({ label, steps: values.map((_, step) => step), values });

it("puts training and evaluation in one chart, the loss first, and counts of datasets in a table", () => {
  const series = [line("dataset/tokens", 9), line("dataset/steps_per_epoch", 2), line("dataset/records", 15), line("eval/loss", 2), line("eval_dataset/records", 4), line("train/learning_rate", 1), line("train/loss", 3)];
  expect(chartGroups(series).map(({ title, series: lines }) => [title].concat(lines.map(({ label }) => label)))).toEqual([
    ["loss", "train/loss", "eval/loss"],
    ["learning_rate", "train/learning_rate"],
  ]);
  expect(chartGroups([line("eval/loss", 2)])[0]?.series[0]?.colour).toBe(chartGroups(series)[0]?.series[1]?.colour);
  expect(datasetCounts(series)).toEqual([
    { name: "records", training: 15, evaluation: 4 },
    { name: "tokens", training: 9, evaluation: undefined },
    { name: "steps_per_epoch", training: 2, evaluation: undefined },
  ]);
});

it("puts the finer points of a zoomed part in place of those of the whole curve", () => {
  const whole = { label: "train/loss", steps: [0, 10, 20, 30], values: [0, 1, 2, 3] };
  const detail = { name: "train/loss", steps: [9, 10, 11], values: [9, null, 11], kinds: ["FINITE", "NAN", "FINITE"] } as const;
  const [finer, other] = refineSeries([whole, { ...whole, label: "eval/loss" }], [detail]);
  expect(finer).toMatchObject({ steps: [0, 9, 10, 11, 20, 30], values: [0, 9, null, 11, 2, 3] });
  expect(finer?.kinds?.[2]).toBe("NAN");
  expect(other?.steps).toEqual(whole.steps);
});
