import { CombinedGraphQLErrors, ServerError, ServerParseError } from "@apollo/client/errors";
import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { network } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { EmptyState } from "./EmptyState.tsx";
import { ErrorNotice } from "./ErrorNotice.tsx";
import { isUnreachable, shownErrors, shownUserErrors } from "./errors.ts";
import { RowSkeletons } from "./RowSkeletons.tsx";

it("reports why a request was refused", () => {
  const coded = { message: "No such path.", path: ["traces", 0], extensions: { code: "BAD_USER_INPUT", requestId: "r1" } };
  const gateway = new ServerError("Bad gateway", { response: new Response("", { status: 502 }), bodyText: "" });

  expect(shownErrors(new CombinedGraphQLErrors({ errors: [coded, { message: "Odd." }] }))).toEqual([
    { code: "BAD_USER_INPUT", message: "No such path.", field: "traces.0", requestId: "r1" },
    { code: "INTERNAL", message: "Odd.", field: "", requestId: undefined },
  ]);
  expect(shownErrors(gateway)[0]).toMatchObject({ code: "HTTP 502", message: "The server answered with status 502." });
  const page = new ServerParseError(new SyntaxError("Unexpected token <"), { response: new Response("<p>", { status: 200 }), bodyText: "<p>" });
  expect(shownErrors(page)[0]).toMatchObject({ code: "HTTP 200", message: expect.stringContaining("a proxy may have sent it") });
  expect(shownErrors(new TypeError("Failed to fetch"))[0]?.code).toBe("UNAVAILABLE");
  expect(shownErrors(new Error("broken"))[0]).toMatchObject({ code: "INTERNAL", message: "broken" });
  expect(shownErrors("broken")[0]?.message).toBe("broken");
  expect([isUnreachable(new TypeError("x")), isUnreachable(new Error("x"))]).toEqual([true, false]);
  expect(shownUserErrors([{ code: "CONFLICT", message: "Taken.", path: null }])).toEqual([{ code: "CONFLICT", message: "Taken.", field: "" }]);
});

it("shows an error with its code, field and request, and a way to try again", async () => {
  const retry = vi.fn<() => void>();
  const error = { code: "TOO_COSTLY", message: "Too much.", field: "input.where", requestId: "r7" };
  renderPage(<ErrorNotice title="It failed" errors={[error]} onRetry={retry} />);

  expect(screen.getByRole("alert")).toHaveTextContent("It failedToo much.TOO_COSTLYinput.whererequest r7");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});

it("tries again by itself when a server that was unreachable is back, but no change", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  let isUp = false;
  const asked = vi.fn<() => void>();
  network.use(
    http.get("*/healthz", () => {
      asked();
      return isUp ? HttpResponse.json({ status: "up" }) : HttpResponse.error();
    }),
  );
  const [load, change] = [vi.fn<() => void>(), vi.fn<() => void>()];
  const errors = shownErrors(new TypeError("Failed to fetch"));
  renderPage(
    <>
      <ErrorNotice title="It was not loaded" errors={errors} onRetry={load} />
      <ErrorNotice title="It was not stored" errors={errors} onRetry={change} isByHand />
    </>,
  );
  vi.advanceTimersByTime(3000);
  await vi.waitFor(() => expect(asked).toHaveBeenCalledOnce());
  expect(load).not.toHaveBeenCalled();

  isUp = true;
  vi.advanceTimersByTime(3000);
  await vi.waitFor(() => expect(load).toHaveBeenCalledOnce());
  expect(change).not.toHaveBeenCalled();
  vi.useRealTimers();
});

it("explains what to do about an empty list", () => {
  renderPage(
    <EmptyState title="No runs" actions={<button type="button">Start</button>}>
      Start one.
    </EmptyState>,
  );

  expect(screen.getByRole("heading", { name: "No runs" })).toBeVisible();
  expect(screen.getByText("Start one.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Start" })).toBeVisible();
});

it("shows grey rows only after 200 ms", () => {
  vi.useFakeTimers();
  renderPage(<RowSkeletons count={2} />);
  act(() => void vi.advanceTimersByTime(150));
  expect(screen.queryByRole("status")).toBeNull();

  act(() => void vi.advanceTimersByTime(100));
  expect(screen.getByRole("status", { name: "Loading" }).children).toHaveLength(2);
  vi.useRealTimers();
});
