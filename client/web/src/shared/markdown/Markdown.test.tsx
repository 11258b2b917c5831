import { screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { describe, expect, it, vi } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { Markdown, MARKDOWN_MAX } from "./Markdown.tsx";

/** A text before which 30 ms pass. */
function Slow({ text }: { text: string }): ReactElement {
  vi.advanceTimersByTime(30);
  return <Markdown text={text} />;
}

describe("Markdown", () => {
  it("shows Markdown, formulas, code and calculator marks", async () => {
    const text = "# Title\n**bold** 8*3 = <<8*3=24>>24\nso $x^2$ and \\(y\\)\n$$z$$\nthen\n\n```python\ndef f(): return 1\n```\n\n- [x] done\n\n|a|\n|-|\n|b|";
    const { container } = renderPage(<Markdown text={text} />);
    expect(await screen.findByText("bold")).toBeInTheDocument();
    expect(screen.getByText("8*3=24")).toHaveAttribute("title", "Calculator");
    expect(container.querySelectorAll(".katex")).toHaveLength(3);
    expect(container.querySelectorAll(".katex-display")).toHaveLength(1);
    expect(container.querySelector(".hljs-keyword")).toHaveTextContent("def");
    expect(screen.getByText("☑")).toBeInTheDocument();
    expect(screen.getByRole("table")).toBeInTheDocument();
    expect(screen.queryByRole("heading")).toBeNull();
  });

  it("has no raw HTML, no dangerous address and no picture from elsewhere", async () => {
    const text = '<script>bad()</script><img src="x" onerror="bad()">\n\n![a cat](http://example.org/c.png) [run](javascript:bad()) [ok](https://example.org)';
    const { container } = renderPage(<Markdown text={text} />);
    expect(await screen.findByRole("link", { name: "ok" })).toHaveAttribute("rel", "noopener noreferrer nofollow");
    expect(container.querySelector("script, img")).toBeNull();
    expect(container).toHaveTextContent("<script>bad()</script>");
    expect(screen.getByText("run")).not.toHaveAttribute("href", expect.stringContaining("javascript"));
    expect(screen.getByRole("link", { name: "a cat" })).toHaveAttribute("href", "http://example.org/c.png");
  });

  it("shows texts as they are until it is their turn", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const slow = Array.from({ length: 4 }, (_, place) => <Slow key={place} text={`step **${place}**`} />);
    renderPage(<>{slow}</>);
    expect(screen.getAllByText(/^[0-3]$/).map((shown) => shown.textContent)).toEqual(["0", "1"]);
    expect(screen.getByText("step **3**")).toBeVisible();
    expect(await screen.findByText("3")).toBeVisible();
    expect(screen.queryByText(/\*\*/)).toBeNull();
    vi.useRealTimers();
  });

  it("shows a very long text as it is", () => {
    const text = `**bold** ${"x".repeat(MARKDOWN_MAX)}`;
    const { container } = renderPage(<Markdown text={text} />);
    expect(container.querySelector("strong")).toBeNull();
    expect(container).toHaveTextContent("**bold** xxx");
  });
});
