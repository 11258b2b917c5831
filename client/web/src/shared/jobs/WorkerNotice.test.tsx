import { screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { answer } from "../../testing/network.ts";
import { renderPage } from "../../testing/render.tsx";
import { WorkerNotice } from "./WorkerNotice.tsx";

/** Answers with one live worker that takes some kinds of job and has the label `gpu`; returns how often it was asked. */
function worker(...kinds: string[]): { count: number } {
  const asked = { count: 0 };
  answer("WorkerKinds", () => {
    asked.count += 1;
    return { workers: [{ __typename: "WorkerInfo", uuid: "w", kinds, labels: ["gpu"] }] };
  });
  return asked;
}

it("warns that no worker takes a waiting job until one does", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  worker("EXPORT", "DRY_RUN");
  renderPage(<WorkerNotice status="PENDING" kind="RUN" />);
  expect(await screen.findByText("No running worker takes training runs")).toBeVisible();

  worker("RUN");
  await vi.advanceTimersByTimeAsync(5000);
  vi.useRealTimers();
  await waitFor(() => expect(screen.queryByText(/No running worker/)).toBeNull());
});

it("shows nothing while a worker takes jobs of its kind, and asks for no worker of a job that is not waiting", async () => {
  const asked = worker("RUN");
  const first = renderPage(<WorkerNotice status="PENDING" kind="RUN" />);
  await waitFor(() => expect(asked.count).toBe(1));
  expect(screen.queryByText(/No running worker/)).toBeNull();
  first.unmount();

  const second = worker();
  renderPage(<WorkerNotice status="RUNNING" kind="RUN" />);
  await new Promise((resolve) => {
    setTimeout(resolve, 50);
  });
  expect(second.count).toBe(0);
});

it("warns that no worker has the labels which a run requires", async () => {
  worker("RUN");
  const first = renderPage(<WorkerNotice status="PENDING" kind="RUN" labels={["gpu", "big"]} />);
  expect(await screen.findByText("No running worker takes training runs with the labels gpu, big")).toBeVisible();
  expect(screen.getByText("--labels gpu,big")).toBeVisible();
  first.unmount();

  const asked = worker("RUN");
  renderPage(<WorkerNotice status="PENDING" kind="RUN" labels={["gpu"]} />);
  await waitFor(() => expect(asked.count).toBe(1));
  expect(screen.queryByText(/No running worker/)).toBeNull();
});
