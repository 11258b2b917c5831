import { expect, it } from "vitest";
import { readLatex } from "./latex.ts";
import { previewText } from "./previewText.ts";

it.each([
  ["Compute $\\frac{1}{2} + \\frac{3}{4}$ and give **the answer** as a *reduced* fraction.", "Compute 1/2 + 3/4 and give the answer as a reduced fraction."],
  ["Find all $x$ such that\n\n$$x^2 - 5x + 6 = 0$$\n\nand list them.", "Find all x such that x² - 5x + 6 = 0 and list them."],
  ["\\boxed{\\frac{x+1}{y}}", "(x+1)/y"],
  ["Let \\(\\alpha \\ge \\sqrt{2}\\) and \\[\\sum_{i=1}^{n} a_i\\]", "Let α ≥ √2 and ∑ᵢ₌₁ⁿ aᵢ"],
  ["For $x$ show $\\mathbb{R} \\subset \\left(\\frac{a}{b", "For x show ℝ ⊂ (a/b"],
  ["# Title\n\n```python\nprint(2 ** 3 ** 4)\n```\n\nWhat does `print(*a, *b)` show?", "Title print(2 ** 3 ** 4) What does print(*a, *b) show?"],
  ["See [the page](http://a.b/c) and ![a picture](x.png).", "See the page and a picture."],
  ["Pay \\$3 for $x_1$.", "Pay $3 for x₁."],
  ["8*3 = <<8*3=24>>24", "8*3 = 24"],
])("reads Markdown and LaTeX in one line: %s", (text, line) => {
  expect(previewText(text)).toBe(line);
  expect(previewText(text)).toBe(line);
});

it.each([
  "Costs $5 and $10 altogether?",
  "What is 3 * 4 * 5?",
  "my_file_name and __init__.py? No: snake_case",
  "a < b and 1 << 2",
  "C:\\temp\\new",
  "ما هو مجموع ٣ و ٤؟",
  "array[0] is issue #5",
])("leaves other texts as they are: %s", (text) => expect(previewText(text)).toBe(text.replace("__init__", "init")));

it("reads formulas by signs, and what has none by its name", () => {
  expect(readLatex("\\sqrt[3]{x_{10}} \\cdot 2^{n+1} \\% 90^\\circ")).toBe("³√x₁₀ · 2ⁿ⁺¹ % 90°");
  expect(readLatex("\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}")).toBe("a b c d");
  expect(readLatex("\\log_2 x^{y+z} \\unknown{q} \\text{ if } \\binom{n}{k}")).toBe("log ₂ x^(y+z) unknown q if C(n, k)");
  expect(readLatex("}\\frac{}{")).toBe("/");
  expect(readLatex(`${"{".repeat(500)}x`)).toContain("x");
});
