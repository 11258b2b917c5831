import { type RefObject, useLayoutEffect, useRef } from "react";
import type { LogView } from "./view.ts";

/** Height of a line in pixels. */
export const ROW = 18;

/**
 * Keeps the end of a log in sight while it is followed, and otherwise what is in sight where it is; returns the box and
 * what to call when it is scrolled, which stops following upwards and starts it again at the end.
 */
export function useScroll(
  { lines, origin }: LogView,
  isFollowing: boolean,
  onFollow: (isFollowing: boolean) => void,
): { box: RefObject<HTMLDivElement | null>; scrolled: (element: HTMLElement) => void } {
  const box = useRef<HTMLDivElement>(null);
  const last = lines.at(-1);
  const top = useRef(0);
  const before = useRef(origin);

  useLayoutEffect(() => {
    const shift = before.current - origin;
    before.current = origin;
    if (box.current !== null && shift !== 0) {
      box.current.scrollTop += shift * ROW;
    }
  }, [origin]);
  useLayoutEffect(() => {
    if (box.current !== null && isFollowing && last !== undefined) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [last, isFollowing]);

  const followScroll = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): void => {
    const isAtEnd = scrollHeight - scrollTop - clientHeight < 2 * ROW;
    if (scrollTop < top.current && !isAtEnd) {
      onFollow(false);
    } else if (scrollTop > top.current && isAtEnd) {
      onFollow(true);
    }
    top.current = scrollTop;
  };
  return { box, scrolled: followScroll };
}
