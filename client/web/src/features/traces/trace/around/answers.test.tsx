import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { answer } from "../../../../testing/network.ts";
import { renderPage } from "../../../../testing/render.tsx";
import { connection, storedScore, storedTrace } from "../../../../testing/traces.ts";
import { OtherAnswers } from "./OtherAnswers.tsx";

const uuid = (n: number): string => `01970000-0000-7000-8000-00000000000${n}`;

function answerOf(n: number, scores: Record<string, number>): object {
  const latestScores = Object.entries(scores).map(([scorer, score]) => storedScore(`${n}${scorer}`, { scorer, score }));
  return storedTrace({ uuid: uuid(n), finalAnswerPreview: `answer ${n}`, latestScores });
}

function shownAnswers(): string[] {
  return screen.getAllByText(/^answer \d$/).map((each) => each.textContent ?? "");
}

describe("OtherAnswers", () => {
  it("shows the answers to a prompt, the highest score first, by the scorer of one's choice", async () => {
    const answers = [answerOf(1, { ann: 0.2, judge: 0.9 }), answerOf(2, { ann: 0.8 }), answerOf(3, {})];
    answer("OtherAnswers", { traces: connection("Trace", answers) });
    const { router } = renderPage(<OtherAnswers uuid={uuid(1)} promptHash="ab" />, { at: "/?answersBy=ann" });
    expect(await screen.findByText("3 answers to this prompt")).toBeVisible();
    expect(shownAnswers()).toEqual(["answer 2", "answer 1", "answer 3"]);
    expect(screen.getAllByRole("link", { name: "Compare" })[0]).toHaveAttribute("href", `/compare?a=${uuid(1)}&b=${uuid(2)}`);

    fireEvent.click(screen.getByLabelText("Order the answers by", { selector: "input" }));
    fireEvent.click(await screen.findByRole("option", { name: "judge" }));
    await waitFor(() => expect(shownAnswers()).toEqual(["answer 1", "answer 2", "answer 3"]));
    fireEvent.keyDown(document.body, { key: "}" });
    await waitFor(() => expect(router.state.location.pathname).toBe(`/traces/${uuid(2)}`));
  });
});
