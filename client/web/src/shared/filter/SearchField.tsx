import { ActionIcon, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactElement, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useKeys } from "../keyboard/Keys.tsx";
import classes from "./FilterBar.module.css";

interface Props {
  text: string;
  onSearch: (text: string) => void;
  /** The field's label, such as "Search the traces". */
  label?: string;
  placeholder?: string;
}

/** The field of the full-text search; Enter searches, Escape gives up. */
export function SearchField({ text, onSearch, label = "Search the traces", placeholder = "Search the text ( / )" }: Props): ReactElement {
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState({ text, of: text });
  const shown = draft.of === text ? draft.text : text;
  const keys = useMemo(() => [{ keys: "/", label: "Search", run: () => input.current?.focus() }], []);
  useKeys("List", keys);
  const submit = (value: string): void => {
    if (value.trim() !== text) {
      onSearch(value.trim());
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") {
      submit(shown);
    } else if (event.key === "Escape") {
      // Browsers clear the field, while the list stays as it was searched.
      event.preventDefault();
      // At once: a field that is left with another text searches for it.
      flushSync(() => setDraft({ text, of: text }));
      input.current?.blur();
    }
  };
  return (
    <TextInput
      ref={input}
      className={classes.search}
      type="search"
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={14} stroke={1.8} aria-hidden />}
      rightSection={
        text !== "" && (
          <ActionIcon size={20} aria-label="Clear the search" onClick={() => onSearch("")}>
            <IconX size={12} />
          </ActionIcon>
        )
      }
      value={shown}
      onChange={(event) => setDraft({ text: event.currentTarget.value, of: text })}
      onKeyDown={onKeyDown}
      onBlur={() => submit(shown)}
    />
  );
}
