import { type ReactElement, useState } from "react";
import type { Json } from "../json.ts";
import classes from "./JsonTree.module.css";

/** The number of members that are shown at first. */
const FIRST = 50;
/** Levels that are open at first. */
const OPEN_LEVELS = 2;
const LONG_TEXT = 300;

interface Props {
  value: Json;
  /** Name of the tree for screen readers. */
  label: string;
}

/** A JSON value as a tree whose branches open and close. */
export function JsonTree({ value, label }: Props): ReactElement {
  return (
    <div className={classes.tree}>
      {isBranch(value) ? <Members value={value} level={0} label={label} /> : <Leaf value={value} />}
    </div>
  );
}

type Branch = Json[] | { [key: string]: Json };

function isBranch(value: Json): value is Branch {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function Members({ value, level, label }: { value: Branch; level: number; label?: string }): ReactElement {
  const [count, setCount] = useState(FIRST);
  const entries = Object.entries(value);
  return (
    <ul className={classes.members} aria-label={label}>
      {entries.slice(0, count).map(([key, item]) => (
        <li key={key}>
          <Member name={key} value={item} level={level} />
        </li>
      ))}
      {entries.length > count && (
        <li>
          <button type="button" className={classes.more} onClick={() => setCount(count + 10 * FIRST)}>
            {entries.length - count} more
          </button>
        </li>
      )}
    </ul>
  );
}

function Member({ name, value, level }: { name: string; value: Json; level: number }): ReactElement {
  if (!isBranch(value)) {
    return (
      <>
        <span className={classes.key}>{name}</span> <Leaf value={value} />
      </>
    );
  }
  return <BranchMember name={name} value={value} level={level} />;
}

function BranchMember({ name, value, level }: { name: string; value: Branch; level: number }): ReactElement {
  const [isOpen, setOpen] = useState(level + 1 < OPEN_LEVELS);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={classes.key}>{name}</span> <span className={classes.size}>{sizeOf(value)}</span>
      </summary>
      {isOpen && <Members value={value} level={level + 1} />}
    </details>
  );
}

function sizeOf(value: Branch): string {
  const count = Object.keys(value).length;
  return Array.isArray(value) ? `[${count}]` : `{${count}}`;
}

function Leaf({ value }: { value: Json }): ReactElement {
  const [isWhole, setWhole] = useState(false);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isCut = !isWhole && text.length > LONG_TEXT;
  return (
    <span className={classes[kindOf(value)]} dir="auto">
      {isCut ? `${text.slice(0, LONG_TEXT)}…` : text}
      {isCut && (
        <button type="button" className={classes.more} onClick={() => setWhole(true)}>
          all {text.length} characters
        </button>
      )}
    </span>
  );
}

function kindOf(value: Json): "text" | "literal" {
  return typeof value === "string" ? "text" : "literal";
}
