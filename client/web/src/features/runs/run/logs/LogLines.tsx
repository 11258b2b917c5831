import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactElement, useEffect } from "react";
import type { LogLine } from "../live/events.ts";
import classes from "./Logs.module.css";
import { ROW, useScroll } from "./useScroll.ts";
import { highlight, type LogView, plainText } from "./view.ts";

const OVERSCAN = 30;
const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

interface Props {
  view: LogView;
  isStale: boolean;
  /** Whether the end stays in sight while lines are added. */
  isFollowing: boolean;
  onFollow: (isFollowing: boolean) => void;
  onTop: () => void;
}

/** The lines of a log, of which only those in sight are in the page. */
export function LogLines({ view, isStale, isFollowing, onFollow, onTop }: Props): ReactElement {
  const { box, scrolled } = useScroll(view, isFollowing, onFollow);
  const { lines, filter } = view;
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    // The end; the virtualizer scrolls there when it is made.
    initialOffset: lines.length * ROW,
    getItemKey: (place) => lines[place]?.seq ?? place,
    overscan: OVERSCAN,
  });
  const items = rows.getVirtualItems();
  const isAtTop = (items[0]?.index ?? 0) < OVERSCAN;

  useEffect(() => {
    if (isAtTop && !isFollowing && view.hasOlder) {
      onTop();
    }
  }, [isAtTop, isFollowing, view, onTop]);

  return (
    // A scrolled region must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={box} className={classes.box} role="log" aria-live="off" aria-label="Log lines" aria-busy={isStale} tabIndex={0} onScroll={(event) => scrolled(event.currentTarget)}>
      <div className={classes.lines} style={{ height: rows.getTotalSize() }}>
        {items.map(({ key, index, start }) => {
          const line = lines[index];
          return line && <Row key={key} line={line} search={filter.search} top={start} />;
        })}
      </div>
    </div>
  );
}

const Row = memo(function Row({ line, search, top }: { line: LogLine; search: string; top: number }): ReactElement {
  const isError = line.stream === "STDERR";
  return (
    <div className={classes.line} data-seq={line.seq} style={{ transform: `translateY(${top}px)` }}>
      <time className={classes.time} dateTime={line.at} title={line.at}>
        {TIME.format(new Date(line.at))}
      </time>
      <span className={classes.stream}>{isError ? "err" : "out"}</span>
      <span className={classes.text}>
        {highlight(plainText(line.text), search).map(({ at, text, isFound }) => (isFound ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>))}
      </span>
    </div>
  );
});
