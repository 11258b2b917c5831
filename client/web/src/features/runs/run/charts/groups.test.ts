import { expect, it } from "vitest";
import { chartGroups, datasetCounts } from "./groups.ts";

const line = (label: string, ...values: number[]) => ({ label, steps: values.map((_, step) => step), values });

it("puts training and evaluation in one chart, the loss first, and counts of datasets in a table", () => {
  const series = [line("dataset/records", 15), line("eval/loss", 2), line("eval_dataset/records", 4), line("train/learning_rate", 1), line("train/loss", 3), line("dataset/tokens", 9)];
  expect(chartGroups(series).map(({ title, series: lines }) => [title].concat(lines.map(({ label }) => label)))).toEqual([
    ["loss", "train/loss", "eval/loss"],
    ["learning_rate", "train/learning_rate"],
  ]);
  expect(chartGroups([line("eval/loss", 2)])[0]?.series[0]?.colour).toBe(chartGroups(series)[0]?.series[1]?.colour);
  expect(datasetCounts(series)).toEqual([
    { name: "records", training: 15, evaluation: 4 },
    { name: "tokens", training: 9, evaluation: undefined },
  ]);
});
