import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { answer } from "../../../testing/network.ts";
import { renderPage } from "../../../testing/render.tsx";
import { Component as ReviewPage } from "../ReviewPage.tsx";
import { DEFAULT_RUBRIC } from "./rubric.ts";

const PAGE_INFO = { __typename: "PageInfo", hasNextPage: false, endCursor: null };

function rubricCalled(name: string): object {
  const scale = { __typename: "RubricScale", min: 0, max: 1, choices: [] };
  const criterion = { __typename: "RubricCriterion", scorer: "other", label: "Good?", perStep: false, scale };
  return { __typename: "RubricEdge", node: { __typename: "Rubric", id: name, name, criteria: [criterion] } };
}

beforeEach(() => {
  localStorage.clear();
  answer("ReviewRubrics", { rubrics: { __typename: "RubricConnection", edges: [DEFAULT_RUBRIC.name, "Other"].map(rubricCalled) } });
  answer("ReviewQueue", { page: { __typename: "TraceConnection", edges: [], pageInfo: PAGE_INFO, totalCount: 0 } });
  answer("ReviewTotal", { total: { __typename: "TraceConnection", totalCount: 0 } });
});

it("is shown though another client stored a rubric that is called like the built-in one", async () => {
  renderPage(<ReviewPage />, { at: "/review" });
  expect(await screen.findByText("There is nothing to review")).toBeVisible();
  await userEvent.click(screen.getByRole("combobox", { name: "Rubric" }));
  expect((await screen.findAllByRole("option")).map((option) => option.textContent)).toEqual([DEFAULT_RUBRIC.name, "Other"]);
});

it("deletes a rubric after a question, and reviews by the built-in one", async () => {
  const asked = vi.fn<(input: unknown) => void>();
  answer("DeleteRubric", ({ input }) => {
    asked(input);
    return { deleteRubric: { __typename: "DeleteRubricPayload", deletedUuid: "u", errors: [] } };
  });
  const { router } = renderPage(<ReviewPage />, { at: "/review?rubric=Other" });
  fireEvent.click(await screen.findByRole("button", { name: "Delete rubric" }));
  answer("ReviewRubrics", { rubrics: { __typename: "RubricConnection", edges: [] } });
  fireEvent.click(await screen.findByRole("button", { name: "Delete the rubric" }));

  await waitFor(() => expect(router.state.location.search).toBe(""));
  expect(asked.mock.calls).toEqual([[{ id: "Other" }]]);
  expect(screen.queryByRole("button", { name: "Delete rubric" })).toBeNull();
  await userEvent.click(screen.getByRole("combobox", { name: "Rubric" }));
  await waitFor(() => expect(screen.queryByRole("option", { name: "Other" })).toBeNull());
});

it("stores no rubric with the name of the built-in one", async () => {
  const asked = vi.fn<() => void>();
  answer("CreateRubric", () => {
    asked();
    return {};
  });
  renderPage(<ReviewPage />, { at: "/review" });
  await userEvent.click(screen.getByRole("button", { name: "New rubric…" }));
  fireEvent.change(await screen.findByRole("textbox", { name: "Name" }), { target: { value: ` ${DEFAULT_RUBRIC.name}` } });
  fireEvent.click(screen.getByRole("button", { name: "Store the rubric" }));
  expect(screen.getByText("must not be that of the built-in rubric")).toBeVisible();
  expect(asked).not.toHaveBeenCalled();
});
