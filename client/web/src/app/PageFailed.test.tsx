import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, it, vi } from "vitest";
import { network } from "../testing/network.ts";
import { PageFailed } from "./PageFailed.tsx";

function renderFailed(message: string): void {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const loader = (): never => {
    throw new Error(message);
  };
  const router = createMemoryRouter([
    { path: "/", loader, element: <p />, errorElement: <PageFailed />, hydrateFallbackElement: <p /> },
  ]);
  render(
    <MantineProvider env="test">
      <RouterProvider router={router} />
    </MantineProvider>,
  );
}

it("reports that the server is unreachable if a page's code could not be fetched, and stays until it is back", async () => {
  let isUp = false;
  network.use(http.get("*/healthz", () => (isUp ? HttpResponse.json({ status: "up" }) : HttpResponse.error())));
  const reload = vi.fn<() => void>();
  vi.stubGlobal("location", { ...location, reload });
  document.title = "Runs · tunix-rt";
  renderFailed("Unable to preload CSS for /assets/x.css");
  expect(await screen.findByText("The server cannot be reached.")).toBeVisible();
  expect(document.title).toBe("This page could not be shown · tunix-rt");
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("This page could not be shown");

  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(reload).not.toHaveBeenCalled();

  isUp = true;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  vi.unstubAllGlobals();
});

it("shows any other error", async () => {
  renderFailed("A page's own error");
  expect(await screen.findByText("A page's own error")).toBeVisible();
});
