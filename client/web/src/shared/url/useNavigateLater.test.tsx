import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { expect, it } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { useNavigateLater } from "./useNavigateLater.ts";

let answer: () => void = () => {};

function Page(): ReactElement {
  const navigateLater = useNavigateLater();
  const start = async (): Promise<void> => {
    const navigate = navigateLater();
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    await navigate("/made");
  };
  return (
    <button type="button" onClick={() => void start()}>
      start
    </button>
  );
}

async function startJob(): Promise<ReturnType<typeof renderPage>["router"]> {
  const { router } = renderPage(<Page />, { at: "/jobs/1", path: "/jobs/:id" });
  await userEvent.click(screen.getByText("start"));
  return router;
}

it("goes to another page when the answer has come, also if the address's query has changed", async () => {
  const router = await startJob();
  await act(async () => await router.navigate("/jobs/1?tab=logs"));
  await act(async () => answer());
  expect(router.state.location.pathname).toBe("/made");
});

it.each(["/elsewhere", "/jobs/2"])("leaves a user alone who has gone to %s in the meantime", async (path) => {
  const router = await startJob();
  await act(async () => await router.navigate(path));
  await act(async () => answer());
  expect(router.state.location.pathname).toBe(path);
});
