import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { expect, it } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import type { Json } from "../json.ts";
import { useUrlJson, useUrlText } from "./useUrlState.ts";

function isList(value: Json): value is Json[] {
  return Array.isArray(value);
}

const setters: ((tab: string | null) => void)[] = [];

function Page(): ReactElement {
  const [text, setText] = useUrlText("tab");
  const [list, setList] = useUrlJson("ids", isList);
  setters.push(setText);
  return (
    <>
      <output>{JSON.stringify([text, list])}</output>
      <button type="button" onClick={() => setText("logs")}>
        replace
      </button>
      <button type="button" onClick={() => setList(["a"], { push: true })}>
        push
      </button>
      <button type="button" onClick={() => (setText(null), setList(null))}>
        clear
      </button>
    </>
  );
}

it("keeps state in the address, as a step back if it is pushed", async () => {
  const { router } = renderPage(<Page />, { at: "/?other=1" });
  await userEvent.click(screen.getByRole("button", { name: "replace" }));
  await userEvent.click(screen.getByRole("button", { name: "push" }));
  expect(screen.getByRole("status").textContent).toBe('["logs",["a"]]');
  expect(router.state.location.search).toBe("?other=1&tab=logs&ids=%5B%22a%22%5D");
  await router.navigate(-1);
  expect(await screen.findByText('["logs",null]')).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: "clear" }));
  expect(screen.getByRole("status").textContent).toBe("[null,null]");
});

it("counts what cannot be read, or is not accepted, as absent", () => {
  const { unmount } = renderPage(<Page />, { at: "/?ids=%5B" });
  expect(screen.getByRole("status")).toHaveTextContent("[null,null]");
  unmount();

  renderPage(<Page />, { at: "/?ids=1" });
  expect(screen.getByRole("status")).toHaveTextContent("[null,null]");
});

it("keeps other changes when a function of an earlier render changes its part, such as after a request", async () => {
  const { router } = renderPage(<Page />, { at: "/?other=1" });
  const early = setters.at(-1);
  await userEvent.click(screen.getByRole("button", { name: "push" }));

  act(() => early?.("logs"));
  expect(router.state.location.search).toBe("?other=1&ids=%5B%22a%22%5D&tab=logs");
  await act(async () => await router.navigate("/"));
  act(() => early?.("curves"));
  expect(router.state.location.search).toBe("?tab=curves");
});

it("changes no address any more when its page was left, such as after a late answer", async () => {
  const { router } = renderPage(<Page />, { at: "/jobs", path: "/jobs" });
  const early = setters.at(-1);
  await act(async () => await router.navigate("/elsewhere?other=1"));
  act(() => early?.("logs"));
  expect(router.state.location.search).toBe("?other=1");
});
