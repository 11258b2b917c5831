import { fireEvent, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { JsonTree } from "./JsonTree.tsx";

describe("JsonTree", () => {
  it("shows values by kind, opens deeper branches on demand, and cuts what is long", () => {
    const value = { source: "gsm8k", n: 5, none: null, empty: {}, deep: { a: { b: "found" } }, many: Array.from({ length: 60 }, (_, i) => i), long: "x".repeat(400) };
    renderPage(<JsonTree value={value} label="Metadata" />);
    expect(screen.getByRole("list", { name: "Metadata" })).toHaveTextContent("gsm8k");
    expect(screen.getByText("null")).toBeInTheDocument();
    expect(screen.getByText("[60]")).toBeInTheDocument();

    expect(screen.queryByText("found")).toBeNull();
    fireEvent.click(screen.getByText("a"));
    screen.getByText("a").closest("details")?.setAttribute("open", "");
    fireEvent(screen.getByText("a").closest("details") as HTMLElement, new Event("toggle"));
    expect(screen.getByText("found")).toBeInTheDocument();

    fireEvent.click(screen.getByRole("button", { name: "all 400 characters" }));
    expect(screen.getByText("x".repeat(400))).toBeInTheDocument();
    fireEvent.click(screen.getByRole("button", { name: "10 more" }));
    expect(screen.getByText("59", { selector: "[dir]" })).toBeInTheDocument();
  });

  it("shows a value that is not an object", () => {
    renderPage(<JsonTree value={[]} label="Details" />);
    expect(screen.getByText("[]")).toBeInTheDocument();
  });
});
