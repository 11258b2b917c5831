import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderPage } from "../../testing/render.tsx";
import { Markdown, MARKDOWN_MAX } from "./Markdown.tsx";

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

  it("shows a very long text as it is", () => {
    const text = `**bold** ${"x".repeat(MARKDOWN_MAX)}`;
    const { container } = renderPage(<Markdown text={text} />);
    expect(container.querySelector("strong")).toBeNull();
    expect(container).toHaveTextContent("**bold** xxx");
  });
});
