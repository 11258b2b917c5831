import { type ApolloClient, gql } from "@apollo/client";
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { delay, graphql, HttpResponse } from "msw";
import { answer, answerInTurn, refuse, use } from "../../../../testing/network.ts";
import { renderPage } from "../../../../testing/render.tsx";
import { connection, storedScore, storedTrace } from "../../../../testing/traces.ts";
import { Component as TracePage } from "../TracePage.tsx";

function payload(score: object | null, errors: object[] = []): object {
  return { createScore: { __typename: "CreateScorePayload", score, errors } };
}

let client: ApolloClient | undefined;

async function openForm(at = "/traces/x"): Promise<ReturnType<typeof within>> {
  ({ client } = renderPage(<TracePage />, { at, path: "/traces/:id" }));
  await screen.findByText("There is no score yet.");
  fireEvent.keyDown(document.body, { key: "s" });
  fireEvent.change(screen.getByRole("textbox", { name: "Score" }), { target: { value: "0.75" } });
  return within(screen.getByRole("form", { name: "Add a score" }));
}

const list = (): ReturnType<typeof within> => within(screen.getByRole("region", { name: "Scores" }));

beforeEach(() => {
  localStorage.clear();
  answer("TracePage", { trace: storedTrace() });
  answer("OtherAnswers", { traces: connection("Trace", []) });
  answer("Position", { traces: connection("Trace", []) });
});

describe("adding a score by hand", () => {
  it("shows it at once, and keeps it with the stored fields", async () => {
    const sent: unknown[] = [];
    use(
      graphql.mutation("CreateScore", async ({ variables }) => {
        sent.push(variables["input"]);
        await delay(150);
        return HttpResponse.json({ data: payload(storedScore("s9", { scorer: "me", score: 0.75, stepIndex: 1 })) as never });
      }),
    );
    const form = await openForm("/traces/x#step-1");
    fireEvent.change(form.getByRole("textbox", { name: "Rationale" }), { target: { value: "Fine" } });
    fireEvent.click(form.getByRole("button", { name: "Add" }));
    expect(await list().findByRole("button", { name: /step 1 ·\s*me/ })).toHaveTextContent("0.75");
    expect(within(screen.getByRole("article", { name: "Step 1" })).getByText("me")).toBeVisible();

    await waitFor(() => expect(screen.queryByRole("form")).toBeNull());
    expect(list().getByRole("button", { name: /me/ })).toHaveTextContent("0.75");
    expect(sent).toMatchObject([{ kind: "HUMAN", scorer: "me", score: 0.75, stepIndex: 1, rationale: "Fine" }]);
  });

  it("counts it once where the trace was loaded again with it before its own answer came", async () => {
    const stored = storedScore("s9", { scorer: "me", score: 0.75 });
    const creating = answerInTurn("CreateScore");
    const form = await openForm();
    fireEvent.click(form.getByRole("button", { name: "Add" }));
    await waitFor(() => expect(creating.asked).toHaveLength(1));
    answer("TracePage", { trace: storedTrace({ scores: connection("Score", [stored]), latestScores: [stored] }) });
    await act(async () => void (await client?.refetchQueries({ include: "active" })));
    creating.reply(0, payload(stored));

    await waitFor(() => expect(screen.queryByRole("form")).toBeNull());
    expect(list().getAllByRole("button", { name: /me/ })).toHaveLength(1);
    const id = client?.cache.identify({ __typename: "Trace", id: storedTrace().id });
    expect(client?.readFragment({ id, fragment: gql`fragment Count on Trace { scores(first: 200) { totalCount } }` })).toMatchObject({ scores: { totalCount: 1 } });
  });

  it("takes it back if it is refused, with the reason beside the field", async () => {
    const errors = [
      { __typename: "UserError", code: "BAD_USER_INPUT", message: "stepIndex must be that of a step.", path: ["input", "stepIndex"] },
      { __typename: "UserError", code: "NOT_FOUND", message: "The trace does not exist.", path: ["input", "traceId"] },
    ];
    answer("CreateScore", payload(null, errors));
    const form = await openForm();
    fireEvent.click(form.getByRole("button", { name: "Add" }));
    expect(await form.findByText("stepIndex must be that of a step.")).toBeVisible();
    expect(form.getByRole("alert")).toHaveTextContent("The trace does not exist.");
    expect(screen.getByText("There is no score yet.")).toBeVisible();

    refuse("CreateScore", "UNAVAILABLE", "The database cannot be written.");
    fireEvent.click(form.getByRole("button", { name: "Add" }));
    expect(await form.findByText("The database cannot be written.")).toBeVisible();
    expect(screen.getByText("There is no score yet.")).toBeVisible();

    fireEvent.keyDown(form.getByRole("textbox", { name: "Score" }), { key: "Escape" });
    expect(screen.queryByRole("form")).toBeNull();
  });
});
