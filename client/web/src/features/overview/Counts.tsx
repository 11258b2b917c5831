import type { ReactElement } from "react";
import { Link } from "react-router";
import { whole } from "../../shared/format/numbers.ts";
import classes from "./Counts.module.css";

/** The number of stored objects of a kind, and the page that has them; null if there is no such page. */
export interface Count {
  noun: string;
  value: number;
  to: string | null;
}

/** The number of objects of each type. */
export function Counts({ counts }: { counts: readonly Count[] }): ReactElement {
  return (
    <ul className={classes.counts} aria-label="Stored">
      {counts.map((count) => (
        <li key={count.noun}>
          {count.to === null ? (
            <span className={classes.count}>
              <Figure count={count} />
            </span>
          ) : (
            <Link to={count.to} className={classes.count}>
              <Figure count={count} />
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}

function Figure({ count: { noun, value } }: { count: Count }): ReactElement {
  return (
    <>
      <strong>{whole(value)}</strong> {value === 1 ? noun : `${noun}s`}
    </>
  );
}
