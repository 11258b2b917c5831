/** Marks code that shows a calculator's call; no text of people has this character. */
export const CALCULATOR = "\uE000";

const CODE = /^ {0,3}(?<fence>`{3,}|~{3,})[^\n]*(?:\n[\s\S]*?(?:\n {0,3}\k<fence>[^\n]*|$)|$)|(?<ticks>`+)(?!`)[^\n]*?[^`\n]\k<ticks>(?!`)/;
const CALL = /<<(?<call>[^<>\n`]{1,200})>>/;
/** An answer between the braces of LaTeX's box, which models write without dollars, too. */
const BOXED = /\\boxed\{(?<boxed>(?:[^{}$\n]|\{(?:[^{}$\n]|\{[^{}$\n]*\})*\}){1,500})\}/;
const ESCAPED_DOLLAR = /\\\$/;
const DISPLAY = /\\\[(?<display>[^$]{1,4000}?)\\\]/;
const INLINE = /\\\((?<inline>[^$\n]{1,2000}?)\\\)/;
const DISPLAY_LINE = /^(?<indent>[ \t]*)\$\$(?<line>[^$\n]{1,4000})\$\$[ \t]*$/;
const DOLLARS = /\$\$[^$]{1,4000}\$\$/;
const DOLLAR = /\$(?=[^\s$])[^$\n]{0,2000}(?<=[^\s\\$])\$(?![\d$])/;
const PARTS = partsWith();

/** Returns a pattern of the code, calculator calls, formulas and dollars of a text, by named groups, with more before lone dollars. */
export function partsWith(...more: readonly RegExp[]): RegExp {
  const parts = [CODE, CALL, ESCAPED_DOLLAR, DISPLAY, INLINE, DISPLAY_LINE, DOLLARS, DOLLAR, BOXED, ...more, /\$/];
  return new RegExp(parts.map((part) => part.source).join("|"), "gm");
}

/**
 * Returns a trace's text as Markdown with math in dollars: calculator calls become code, a dollar that is an amount of
 * money is escaped, LaTeX's own brackets become dollars, and a formula that has a line to itself is displayed. Code is left as it is.
 */
export function prepareMarkdown(text: string): string {
  return text.replace(PARTS, (part: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    if (groups["call"] !== undefined) {
      return isCalculation(groups["call"]) ? `\`${CALCULATOR}${groups["call"]}\`` : part;
    }
    if (groups["display"] !== undefined) {
      return `\n\n$$\n${formula(groups["display"])}\n$$\n\n`;
    }
    if (groups["inline"] !== undefined) {
      return `$${formula(groups["inline"])}$`;
    }
    if (groups["boxed"] !== undefined) {
      return `$${formula(part)}$`;
    }
    if (groups["line"] !== undefined) {
      // Markdown takes dollars within a line for a formula of the text around it.
      return ["$$", formula(groups["line"]), "$$"].map((line) => `${groups["indent"]}${line}`).join("\n");
    }
    if (part === "$") {
      return "\\$";
    }
    return part.startsWith("$") ? formula(part) : part;
  });
}

/** Returns a formula without calculator calls, whose results follow them. */
function formula(latex: string): string {
  return latex.replaceAll(new RegExp(CALL, "g"), "").trim();
}

/** Whether the text between `<<` and `>>` is a calculation, such as `48/2=24`. */
function isCalculation(call: string): boolean {
  return /\d/.test(call) && call.includes("=");
}
