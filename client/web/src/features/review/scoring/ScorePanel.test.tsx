import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactElement, useState } from "react";
import { expect, it, vi } from "vitest";
import { renderPage } from "../../../testing/render.tsx";
import { itemsOf } from "../rubric/rubric.ts";
import { ScorePanel } from "./ScorePanel.tsx";

const RUBRIC = { name: "Quality", criteria: [{ scorer: "quality", label: "How good?", perStep: false, scale: { min: 0, max: 10, choices: [] } }] };
const ITEMS = itemsOf(RUBRIC, []);
const nothing = (): void => {};

it("asks for the number of each trace again, so that a second Enter scores no other trace", async () => {
  const answered = vi.fn<(trace: string, value: number) => void>();
  function Panel(): ReactElement | null {
    const [trace, setTrace] = useState("t1");
    const answer = (value: number): void => {
      answered(trace, value);
      setTrace("t2");
    };
    return ITEMS[0] === undefined ? null : (
      <ScorePanel
        trace={trace}
        items={ITEMS}
        answers={{}}
        current={ITEMS[0]}
        comment=""
        onComment={nothing}
        commentField={{ current: null }}
        onAnswer={answer}
        onChoose={nothing}
        onSkip={nothing}
        onUndo={nothing}
        canUndo
      />
    );
  }
  renderPage(<Panel />);

  await userEvent.type(screen.getByRole("textbox", { name: "Score from 0 to 10" }), "7{Enter}");
  await userEvent.keyboard("{Enter}");

  expect(answered.mock.calls).toEqual([["t1", 7]]);
  expect(screen.getByRole("textbox", { name: "Score from 0 to 10" })).toHaveValue("");
  expect(screen.getByRole("textbox", { name: "Score from 0 to 10" })).toHaveFocus();

  await userEvent.keyboard("9.50{Enter}");
  expect(answered).toHaveBeenLastCalledWith("t2", 9.5);
});
