import "katex/dist/katex.min.css";
import { type ComponentProps, Component, type ReactElement, type ReactNode } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import rehypeHighlight from "rehype-highlight";
import rehypeKatex from "rehype-katex";
import remarkGfm from "remark-gfm";
import remarkMath from "remark-math";
import classes from "./Markdown.module.css";
import { CALCULATOR, prepareMarkdown } from "./prepare.ts";

/** LaTeX without links and pictures, and with bounds on what one formula may become. */
const MATH: NonNullable<Options["rehypePlugins"]>[number] = [rehypeKatex, { strict: "ignore", trust: false, maxExpand: 200, maxSize: 40 }];

/** The components of Markdown's elements: what would leave the page, or disturb its outline, is replaced. */
const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
  code: Code,
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noopener noreferrer nofollow">
      {alt === "" || alt === undefined ? "picture" : alt}
    </a>
  ),
  h1: Heading,
  h2: Heading,
  h3: Heading,
  h4: Heading,
  h5: Heading,
  h6: Heading,
  input: ({ checked }) => <span>{checked ? "☑" : "☐"}</span>,
  pre: ({ children }) => (
    // A scrolled block must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre tabIndex={0}>{children}</pre>
  ),
  table: ({ children }) => (
    <div className={classes.table}>
      <table>{children}</table>
    </div>
  ),
};

/** A text's Markdown. Loaded through `Markdown`, since its libraries are large. */
export function MarkdownBody({ text }: { text: string }): ReactElement {
  return (
    <FallBack key={text} text={text}>
      <ReactMarkdown {...pluginsFor(text)} components={COMPONENTS}>
        {prepareMarkdown(text)}
      </ReactMarkdown>
    </FallBack>
  );
}

/** Returns the plugins that a text needs; setting one up costs more than most texts. */
function pluginsFor(text: string): Pick<Options, "remarkPlugins" | "rehypePlugins"> {
  const hasMath = /\$|\\[[(]|math/.test(text);
  const hasCode = /```|~~~/.test(text);
  return {
    remarkPlugins: hasMath ? [remarkGfm, remarkMath] : [remarkGfm],
    rehypePlugins: [...(hasMath ? [MATH] : []), ...(hasCode ? [rehypeHighlight] : [])],
  };
}

function Code({ children, className }: ComponentProps<"code">): ReactElement {
  if (typeof children === "string" && children.startsWith(CALCULATOR)) {
    return (
      <span className={classes.calculator} title="Calculator">
        {children.slice(CALCULATOR.length)}
      </span>
    );
  }
  return <code className={className}>{children}</code>;
}

function Heading({ children }: { children?: ReactNode }): ReactElement {
  return <p className={classes.heading}>{children}</p>;
}

/** Shows the text as it is where a library gives up on it. */
class FallBack extends Component<{ text: string; children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <div className={classes.plain}>{this.props.text}</div> : this.props.children;
  }
}
