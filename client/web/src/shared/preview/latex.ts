import { ALPHABETS, SCRIPTS, SYMBOLS } from "./symbols.ts";

/** Commands whose argument is read as it is. */
const WRAPPERS = new Set(
  "boxed text textbf textit textrm textsf texttt mathrm mathbf mathit mathsf mathtt mathcal mathfrak boldsymbol bm operatorname mbox hbox overline underline widehat hat vec tilde bar emph fbox".split(
    " ",
  ),
);
/** Commands that only lay out. */
const LAYOUT = new Set("left right big Big bigg Bigg bigl bigr Bigl Bigr displaystyle textstyle limits nolimits hline".split(" "));
const SPACES = new Set(["quad", "qquad", ",", ";", ":", " ", "\\", "!"]);
const DEEPEST = 20;

/** Returns a formula as text in one line, such as `3/4 ≤ √2` for `\frac{3}{4} \le \sqrt{2}`. */
export function readLatex(latex: string): string {
  return new Reader(latex).read(0).replaceAll(/\s+/g, " ").trim();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads to the end, or to the brace that closes a group. */
  read(depth: number): string {
    let out = "";
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? "";
      if (char === "}") {
        this.#at += 1;
        if (depth > 0) {
          break;
        }
      } else {
        out += this.#piece(depth);
      }
    }
    return out;
  }

  #piece(depth: number): string {
    const char = this.#text[this.#at] ?? "";
    this.#at += 1;
    switch (char) {
      case "{":
        return depth < DEEPEST ? this.read(depth + 1) : char;
      case "\\":
        return this.#command(depth);
      case "^":
      case "_":
        return script(char, this.#argument(depth));
      case "&":
      case "~":
        return " ";
      default:
        return char;
    }
  }

  #command(depth: number): string {
    const name = /^(?:[A-Za-z]+\*?|.)/su.exec(this.#text.slice(this.#at, this.#at + 40))?.[0] ?? "";
    this.#at += name.length;
    if (WRAPPERS.has(name)) {
      return this.#argument(depth);
    }
    switch (name) {
      case "frac":
      case "dfrac":
      case "tfrac":
      case "cfrac":
        return `${operand(this.#argument(depth))}/${operand(this.#argument(depth))}`;
      case "binom":
        return `C(${this.#argument(depth)}, ${this.#argument(depth)})`;
      case "sqrt":
        return `${this.#root()}√${operand(this.#argument(depth))}`;
      case "mathbb": {
        const letters = this.#argument(depth);
        return ALPHABETS[letters] ?? letters;
      }
      case "begin":
      case "end":
        this.#argument(depth);
        return " ";
    }
    if (LAYOUT.has(name)) {
      // `\left.` and `\right.` are brackets that are not seen.
      this.#at += this.#text[this.#at] === "." && (name === "left" || name === "right") ? 1 : 0;
      return "";
    }
    return SPACES.has(name) ? " " : (SYMBOLS[name] ?? (/^[A-Za-z]/.test(name) ? `${name} ` : name));
  }

  /** Reads the group, the command or the character after a command. */
  #argument(depth: number): string {
    while (this.#text[this.#at] === " ") {
      this.#at += 1;
    }
    const next = this.#text[this.#at];
    return next === undefined || next === "}" ? "" : this.#piece(depth).trim();
  }

  /** Reads the index of a root, such as the 3 of `\sqrt[3]{x}`. */
  #root(): string {
    const index = /^\[(?<index>[^\]]{1,9})\]/.exec(this.#text.slice(this.#at, this.#at + 12))?.groups?.["index"];
    this.#at += index === undefined ? 0 : index.length + 2;
    return index === undefined ? "" : script("^", index);
  }
}

/** Returns a text in raised or lowered characters, if there are all of them. */
function script(mark: "^" | "_", text: string): string {
  if (mark === "^" && (text === "∘" || text === "°")) {
    return "°";
  }
  const signs = SCRIPTS[mark];
  const chars = [...text];
  return chars.every((char) => signs[char] !== undefined) ? chars.map((char) => signs[char]).join("") : `${mark}${operand(text)}`;
}

/** Returns a part of a fraction, a root or a power, in brackets unless it is one number or name. */
function operand(text: string): string {
  return /^[\p{L}\p{N}.,′°]*$/u.test(text) || /^\([^()]*\)$/.test(text) ? text : `(${text})`;
}
