import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../keyboard/Keys.tsx";
import classes from "./Toolbar.module.css";

const PAUSE_MS = 250;

interface Props {
  /** The field's label, such as "Search the members". */
  label: string;
  value: string | null;
  onChange: (value: string | null) => void;
}

/** The field that searches a list as it is typed into, and has the focus after `/`. */
export function TableSearch({ label, value, onChange }: Props): ReactElement {
  const [text, setText] = useState(value ?? "");
  const field = useRef<HTMLInputElement>(null);
  const reported = useRef(value ?? "");
  const report = useDebouncedCallback((next: string) => {
    reported.current = next.trim();
    onChange(next.trim() || null);
  }, PAUSE_MS);
  useEffect(() => {
    if ((value ?? "") !== reported.current) {
      reported.current = value ?? "";
      setText(reported.current);
    }
  }, [value]);
  useKeys("List", useMemo(() => [{ keys: "/", label, run: () => field.current?.focus() }], [label]));
  return (
    <TextInput
      ref={field}
      aria-label={label}
      placeholder="Search ( / )"
      leftSection={<IconSearch size={14} />}
      className={classes.search}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        report(event.currentTarget.value);
      }}
    />
  );
}
