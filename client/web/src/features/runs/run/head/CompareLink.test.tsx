import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import { answer, refuse } from "../../../../testing/network.ts";
import { renderPage } from "../../../../testing/render.tsx";
import { connection } from "../../../../testing/traces.ts";
import { CompareLink } from "./CompareLink.tsx";

const RUN = { mode: "TRAIN", datasetKey: "sums-1", createdAt: "2026-11-02T12:00:00Z", uuid: "b" } as Parameters<typeof CompareLink>[0]["run"];

it("compares a run with the last one before it of its mode and dataset", async () => {
  const asked: unknown[] = [];
  answer("RunBefore", ({ where }) => {
    asked.push(where);
    return { runs: connection("Run", [{ __typename: "Run", id: "A", uuid: "a" }]) };
  });
  renderPage(<CompareLink run={RUN} />);

  await waitFor(() => expect(screen.getByRole("link", { name: "Compare" })).toHaveAttribute("href", "/runs/compare?ids=a,b"));
  expect(asked).toEqual([{ mode: { eq: "TRAIN" }, datasetKey: { eq: "sums-1" }, createdAt: { lt: "2026-11-02T12:00:00Z" } }]);
});

it("starts a comparison with the run alone if there is none before it, or none is known", async () => {
  answer("RunBefore", { runs: connection("Run", []) });
  const first = renderPage(<CompareLink run={RUN} />);
  expect(screen.getByRole("link", { name: "Compare" })).toHaveAttribute("href", "/runs/compare?ids=b");
  first.unmount();

  refuse("RunBefore", "TIMEOUT", "It took too long.");
  renderPage(<CompareLink run={RUN} />);
  expect(screen.getByRole("link", { name: "Compare" })).toHaveAttribute("href", "/runs/compare?ids=b");
});
