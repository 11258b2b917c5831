import { fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { answer } from "../../../../testing/network.ts";
import { renderPage } from "../../../../testing/render.tsx";
import { connection, storedScore, storedStep, storedTrace } from "../../../../testing/traces.ts";
import { CheckpointSliders } from "./CheckpointSlider.tsx";

function at(step: number | null, n: number, score: number): object {
  const run = { __typename: "Run", id: "R", uuid: "r", outputName: "tuned" };
  return storedTrace({
    uuid: `01970000-0000-7000-8000-00000000000${n}`,
    finalAnswerPreview: `answer ${n}`,
    steps: [storedStep(0, `because ${n}`)],
    latestScores: [storedScore(`s${n}`, { scorer: "answer_match", score })],
    producedBy: step === null ? null : { __typename: "TraceOrigin", modelId: "run:tuned", checkpointStep: step, run },
  });
}

function answerWith(...traces: object[]): void {
  answer("CheckpointAnswers", { traceGroup: { __typename: "TraceGroup", key: "k", traces: connection("Trace", traces) } });
}

it("goes through the answers of the checkpoints of a run by the arrow keys", async () => {
  answerWith(at(20, 1, 1), at(20, 2, 0), at(10, 3, 0), at(null, 4, 1));
  renderPage(<CheckpointSliders groupKey="k" scorer="answer_match" />, { at: "/" });

  const list = await screen.findByRole("list", { name: "Answers at step 20" });
  expect(list).toHaveTextContent("1answer 1because 10answer 2because 2");
  expect(screen.getByText(/mean score 0.5/)).toBeVisible();
  fireEvent.keyDown(screen.getByRole("slider", { name: "Checkpoint of tuned" }), { key: "ArrowLeft", code: "ArrowLeft" });
  expect(await screen.findByRole("list", { name: "Answers at step 10" })).toHaveTextContent("answer 3");
  expect(screen.queryByText("answer 1")).toBeNull();
});

it("shows nothing where a run has answers of one checkpoint only", async () => {
  answerWith(at(20, 1, 1), at(20, 2, 0));
  const { container } = renderPage(<CheckpointSliders groupKey="k" scorer={null} />, { at: "/" });
  await expect.poll(() => container.querySelector("ul")).toBeNull();
  expect(screen.queryByRole("slider")).toBeNull();
});
