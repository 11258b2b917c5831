import { ApolloClient, ApolloLink, gql, InMemoryCache } from "@apollo/client";
import { of } from "rxjs";
import { expect, it, vi } from "vitest";
import { refetchOnReturn } from "./returning.ts";

function look(state: "hidden" | "visible"): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
}

it("loads what is shown again when the page becomes visible after a minute, not after a second", async () => {
  vi.useFakeTimers();
  const answer = vi.fn(() => of({ data: { version: "1" } }));
  const client = new ApolloClient({
    link: new ApolloLink(answer),
    cache: new InMemoryCache(),
    refetchEventManager: refetchOnReturn(),
  });
  client.watchQuery({ query: gql("{ version }") }).subscribe(() => {});
  expect(answer).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10);

  look("hidden");
  await vi.advanceTimersByTimeAsync(1_000);
  look("visible");
  expect(answer).toHaveBeenCalledTimes(1);

  look("hidden");
  await vi.advanceTimersByTimeAsync(60_000);
  look("visible");
  expect(answer).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});
