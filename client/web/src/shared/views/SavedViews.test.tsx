import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { answer, answerInTurn, refuse } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { SavedViews } from "./SavedViews.tsx";

interface View {
  id: string;
  name: string;
  search: string;
}

/** A server with these views; returns what was asked of it. */
function answerViews(views: View[]): Record<string, unknown>[] {
  const requests: Record<string, unknown>[] = [];
  answer("SavedViews", (variables) => {
    requests.push(variables);
    const edges = views.map((view) => ({ __typename: "SavedViewEdge", node: { __typename: "SavedView", ...view } }));
    return { savedViews: { __typename: "SavedViewConnection", edges } };
  });
  answer("CreateSavedView", ({ input }) => {
    const { name, search } = input as View;
    const isTaken = views.some((view) => view.name === name);
    if (!isTaken) {
      views.push({ id: name, name, search });
    }
    const error = { __typename: "UserError", code: "CONFLICT", message: `There is a view ${name}.`, path: ["input", "name"] };
    const savedView = isTaken ? null : { __typename: "SavedView", id: name };
    return { createSavedView: { __typename: "CreateSavedViewPayload", savedView, errors: isTaken ? [error] : [] } };
  });
  answer("DeleteSavedView", ({ input }) => {
    views.splice(views.findIndex((view) => view.id === (input as View).id), 1);
    return { deleteSavedView: { __typename: "DeleteSavedViewPayload", deletedUuid: "u", errors: [] } };
  });
  return requests;
}

async function open(at: string): Promise<ReturnType<typeof renderPage>> {
  const page = renderPage(<SavedViews page="TRACES" />, { at });
  await userEvent.click(screen.getByText("Views"));
  await screen.findByLabelText("Name of the view");
  return page;
}

function save(name: string): void {
  fireEvent.change(screen.getByLabelText("Name of the view"), { target: { value: name } });
  fireEvent.click(screen.getByText("Save"));
}

describe("SavedViews", () => {
  it("keeps the address under a name, opens it again, and deletes it", async () => {
    const requests = answerViews([{ id: "1", name: "Long ones", search: "?order=STEP_COUNT:desc" }]);
    const { router } = await open("/traces?columns=prompt");
    expect(requests[0]).toEqual({ where: { page: { eq: "TRACES" } } });
    await screen.findByText("Long ones");

    save("Only prompts");
    expect((await screen.findByText("Only prompts")).closest("a")).toHaveAttribute("aria-current", "true");
    fireEvent.click(screen.getByText("Long ones"));
    expect(router.state.location.search).toBe("?order=STEP_COUNT:desc");

    fireEvent.click(screen.getByText("Views"));
    fireEvent.click(await screen.findByLabelText("Delete the view Long ones"));
    const question = await screen.findByRole("dialog", { name: "Delete the view Long ones?" });
    // Its clicks are outside of the list of views, which stays open.
    await userEvent.click(within(question).getByRole("button", { name: "Delete the view" }));
    await waitFor(() => expect(screen.queryByText("Long ones")).toBeNull());
    expect(screen.getByText("Only prompts")).toBeVisible();
  });

  it("ends a question by Escape alone, and then the list of views", async () => {
    answerViews([{ id: "1", name: "Long ones", search: "?order=STEP_COUNT:desc" }]);
    await open("/traces");
    const opener = await screen.findByLabelText("Delete the view Long ones");
    await userEvent.click(opener);
    await waitFor(() => expect(screen.getByRole("button", { name: "Keep it" })).toHaveFocus());
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByText("Keep it")).toBeNull());
    await waitFor(() => expect(opener).toHaveFocus());
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByText("Long ones")).toBeNull());
    await waitFor(() => expect(screen.getByRole("button", { name: "Views" })).toHaveFocus());
  });

  it("keeps a name that is typed while another view is being saved", async () => {
    answerViews([]);
    const saving = answerInTurn("CreateSavedView");
    await open("/traces");
    save("One");
    await waitFor(() => expect(saving.asked).toHaveLength(1));
    fireEvent.change(screen.getByLabelText("Name of the view"), { target: { value: "Two" } });
    saving.reply(0, { createSavedView: { __typename: "CreateSavedViewPayload", savedView: { __typename: "SavedView", id: "1" }, errors: [] } });
    await waitFor(() => expect(screen.getByRole("button", { name: "Save" })).toBeEnabled());
    expect(screen.getByLabelText("Name of the view")).toHaveValue("Two");
  });

  it("shows why a view was not saved beside its name, and why the views could not be loaded", async () => {
    answerViews([]);
    await open("/traces");
    expect(await screen.findByText(/No views are saved yet/)).toBeVisible();
    save("One");
    await screen.findByText("One");
    save("One");
    expect(await screen.findByText("There is a view One.")).toBeVisible();

    refuse("CreateSavedView", "FORBIDDEN", "The key may not write.");
    save("Two");
    expect(await screen.findByText("The key may not write.")).toBeVisible();
    fireEvent.click(screen.getByText("Views"));
    refuse("SavedViews", "TIMEOUT", "It took too long.");
    fireEvent.click(screen.getByText("Views"));
    expect(await screen.findByText("It took too long.")).toBeVisible();
  });
});
