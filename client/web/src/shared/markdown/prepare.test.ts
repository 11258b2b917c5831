import { describe, expect, it } from "vitest";
import { CALCULATOR, prepareMarkdown } from "./prepare.ts";

describe("prepareMarkdown", () => {
  it("makes code of calculator calls, and of nothing else in double angle brackets", () => {
    expect(prepareMarkdown("48/2 = <<48/2=24>>24, 8*3 = $<<8*3=24>>24")).toBe(
      `48/2 = \`${CALCULATOR}48/2=24\`24, 8*3 = \\$\`${CALCULATOR}8*3=24\`24`,
    );
    expect(prepareMarkdown("\\(2+2 = <<2+2=4>>4\\)")).toBe("$2+2 = 4$");
    expect(prepareMarkdown("cat <<EOF>> log, 1 << 2 >> 1")).toBe("cat <<EOF>> log, 1 << 2 >> 1");
  });

  it("distinguishes amounts of money from formulas", () => {
    expect(prepareMarkdown("Prices are $5, not $6.50 or $7")).toBe("Prices are \\$5, not \\$6.50 or \\$7");
    expect(prepareMarkdown("so $x^2 = 4$ and $y$.")).toBe("so $x^2 = 4$ and $y$.");
    expect(prepareMarkdown("$$\na+b\n$$ \\$3")).toBe("$$\na+b\n$$ \\$3");
  });

  it("turns LaTeX's brackets into dollars", () => {
    expect(prepareMarkdown("\\(a_1\\) and \\[ b \\]")).toBe("$a_1$ and \n\n$$\nb\n$$\n\n");
  });

  it("makes a formula of an answer that is boxed without dollars", () => {
    expect(prepareMarkdown("So \\boxed{\\frac{1}{\\sqrt{2}}}, $\\boxed{3}$ and \\(\\boxed{4}\\).")).toBe(
      "So $\\boxed{\\frac{1}{\\sqrt{2}}}$, $\\boxed{3}$ and $\\boxed{4}$.",
    );
    expect(prepareMarkdown("`\\boxed{5}` and \\boxed{")).toBe("`\\boxed{5}` and \\boxed{");
  });

  it("displays a formula that has a line to itself", () => {
    expect(prepareMarkdown("so\n  $$ x^2 $$ \nthen $$y$$")).toBe("so\n  $$\n  x^2\n  $$\nthen $$y$$");
  });

  it("leaves code alone, whole or not closed", () => {
    const texts = ["`$a <<1+1=2>>`", "``a ` $5``", "```sh\necho $HOME <<1+1=2>>\n```", "~~~\n$5 and \\(x\\)"];
    expect(texts.map(prepareMarkdown)).toEqual(texts);
  });

  it("reads a long text without a close in time", () => {
    const began = performance.now();
    for (const text of ["$a ".repeat(7000), "`".repeat(20_000), "\\[ ".repeat(7000), "$$ ".repeat(7000), "<<".repeat(10_000), "\\boxed{{".repeat(3000)]) {
      expect(prepareMarkdown(text).length).toBeGreaterThanOrEqual(text.length);
    }
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
