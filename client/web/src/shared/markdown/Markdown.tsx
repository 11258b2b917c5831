import { type ComponentType, memo, type ReactElement, type RefObject, useLayoutEffect, useRef, useState } from "react";
import classes from "./Markdown.module.css";
import { Turns } from "./turns.ts";

/** Length beyond which a text is shown as it is: laying out its Markdown would take longer than a moment. */
export const MARKDOWN_MAX = 20_000;

interface Props {
  text: string;
}

const turns = new Turns();
/** The component that lays out a text, once it is loaded. */
let Body: ComponentType<Props> | undefined;
let loading: Promise<void> | undefined;

/**
 * A text with Markdown, LaTeX, code and calculator marks, without raw HTML and without pictures from elsewhere. The
 * libraries are loaded when the first one is shown. Until then, and while others are laid out, a text is shown as it is.
 */
export const Markdown = memo(function Markdown({ text }: Props): ReactElement {
  const isShort = text.length <= MARKDOWN_MAX;
  const [element, hasTurn] = useTurn(isShort);
  return (
    <div ref={element} dir="auto" className={classes.text}>
      {isShort && hasTurn && Body !== undefined ? <Body text={text} /> : <div className={classes.plain}>{text}</div>}
    </div>
  );
});

/** Returns whether an element is to be laid out, and a reference by which it waits until it is. */
function useTurn(isWanted: boolean): [RefObject<HTMLDivElement | null>, boolean] {
  const element = useRef<HTMLDivElement>(null);
  const [hasTurn, setTurn] = useState(() => turns.hasTime());
  const isWaiting = isWanted && !hasTurn;
  useLayoutEffect(() => {
    if (!isWaiting || element.current === null) {
      return undefined;
    }
    void load();
    return turns.wait(element.current, () => setTurn(true));
  }, [isWaiting]);
  return [element, hasTurn];
}

/** Loads the libraries; where that fails, texts stay as they are, and the next one that is shown tries again. */
async function load(): Promise<void> {
  loading ??= loadBody();
  await loading.catch(() => {
    loading = undefined;
  });
}

async function loadBody(): Promise<void> {
  Body = (await import("./MarkdownBody.tsx")).MarkdownBody;
  turns.open();
}
