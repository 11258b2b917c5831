import { Autocomplete, Group, NumberInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type ReactElement, useState } from "react";
import { useNavigationType } from "react-router";
import { useScorersInUse } from "../../shared/scores/useScorersInUse.ts";

const PAUSE_MS = 300;

interface Props {
  name: string;
  scorer: string | null;
  threshold: string | null;
  /** The threshold where none is given. */
  usual: number;
  onScorer: (scorer: string | null) => void;
  onThreshold: (threshold: string | null) => void;
}

/** A scorer, and the lowest score at which a trace passes with it. */
export function GraderFields({ name, scorer, threshold, usual, onScorer, onThreshold }: Props): ReactElement {
  const { names } = useScorersInUse();
  const [text, setText] = useFollowed<string>(scorer ?? "");
  const [lowest, setLowest] = useFollowed<string | number>(threshold ?? "");
  const chooseLater = useDebouncedCallback((next: string) => onScorer(next.trim() || null), PAUSE_MS);
  const limitLater = useDebouncedCallback((next: string) => onThreshold(next || null), PAUSE_MS);
  return (
    <Group gap="xs" align="end" wrap="nowrap" style={{ flex: "1 1 340px", maxWidth: 460 }}>
      <Autocomplete
        label={name}
        data={[...(names ?? [])]}
        placeholder="Name of a scorer"
        value={text}
        onChange={(next) => {
          setText(next);
          chooseLater(next);
        }}
        autoComplete="off"
        spellCheck={false}
        style={{ flex: 1 }}
      />
      <NumberInput
        label="Passes from"
        aria-label={`${name} passes from`}
        placeholder={String(usual)}
        value={lowest}
        onChange={(next) => {
          setLowest(next);
          limitLater(String(next));
        }}
        w={104}
      />
    </Group>
  );
}

/** The text of a field, until another address is opened: the changes of the field replace the address. */
function useFollowed<Value extends string | number>(value: Value): [Value, (next: Value) => void] {
  const isOwn = useNavigationType() === "REPLACE";
  const [written, setWritten] = useState<Value>(value);
  const [known, setKnown] = useState<Value>(value);
  if (value !== known) {
    setKnown(value);
    if (!isOwn) {
      setWritten(value);
    }
  }
  return [written, setWritten];
}
