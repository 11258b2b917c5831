import { lazy, memo, type ReactElement, Suspense } from "react";
import classes from "./Markdown.module.css";

const Body = lazy(async () => ({ default: (await import("./MarkdownBody.tsx")).MarkdownBody }));

/** Length beyond which a text is shown as it is: laying out its Markdown would take longer than a moment. */
export const MARKDOWN_MAX = 20_000;

interface Props {
  text: string;
}

/**
 * A text with Markdown, LaTeX, code and calculator marks, without raw HTML and without pictures from elsewhere. The
 * libraries are loaded when the first one is shown; until then, the text is shown as it is.
 */
export const Markdown = memo(function Markdown({ text }: Props): ReactElement {
  const plain = <div className={classes.plain}>{text}</div>;
  return (
    <div dir="auto" className={classes.text}>
      {text.length > MARKDOWN_MAX ? (
        plain
      ) : (
        <Suspense fallback={plain}>
          <Body text={text} />
        </Suspense>
      )}
    </div>
  );
});
