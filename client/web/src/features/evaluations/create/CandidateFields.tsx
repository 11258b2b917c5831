import { ActionIcon, Autocomplete, Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { type CandidateDraft, EMPTY, KINDS, type Kind, problemOf } from "./candidates.ts";

const MOST = 20;
const EXAMPLES: Record<Kind, string> = {
  source: "Source",
  answering: "run:NAME or a base model",
  run: "ID or UUID",
  model: "run:NAME",
  generation: "ID or UUID",
  filter: '{"source": {"eq": "mine"}}',
};

/** The suggested answers of candidates by their kind. */
type Suggestions = Readonly<Partial<Record<Kind, readonly string[]>>>;

interface Props {
  candidates: readonly CandidateDraft[];
  onChange: (candidates: readonly CandidateDraft[]) => void;
  suggestions: Suggestions;
  /** The server's message about each candidate; undefined if it has none. */
  errors: readonly (string | undefined)[];
  /** Whether missing fields are marked. */
  isChecked: boolean;
}

/** The candidates of an evaluation, each with a name and its answers. */
export function CandidateFields({ candidates, onChange, suggestions, errors, isChecked }: Props): ReactElement {
  const change = (at: number, next: Partial<CandidateDraft>): void => {
    onChange(candidates.map((each, place) => (place === at ? { ...each, ...next } : each)));
  };
  return (
    <Stack gap="xs" component="fieldset" m={0} p={0} style={{ border: 0 }}>
      <legend style={{ fontSize: "var(--mantine-font-size-xs)", fontWeight: 600, padding: 0 }}>Candidates</legend>
      {candidates.map((candidate, at) => (
        <CandidateRow
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          place={at + 1}
          candidate={candidate}
          suggestions={suggestions[candidate.kind] ?? []}
          error={errors[at] ?? (isChecked ? problemOf(candidate) : undefined)}
          onChange={(next) => change(at, next)}
          onRemove={candidates.length > 1 ? () => onChange(candidates.filter((_, place) => place !== at)) : undefined}
        />
      ))}
      {candidates.length < MOST && (
        <Group>
          <Button variant="subtle" size="compact-xs" onClick={() => onChange([...candidates, EMPTY])}>
            Add a candidate
          </Button>
        </Group>
      )}
    </Stack>
  );
}

interface RowProps {
  place: number;
  candidate: CandidateDraft;
  suggestions: readonly string[];
  error: string | undefined;
  onChange: (next: Partial<CandidateDraft>) => void;
  onRemove: (() => void) | undefined;
}

function CandidateRow({ place, candidate: { name, kind, value }, suggestions, error, onChange, onRemove }: RowProps): ReactElement {
  return (
    <Group gap="xs" align="flex-start" wrap="wrap">
      <NativeSelect
        aria-label={`Kind of candidate ${place}`}
        data={KINDS.map((each) => ({ ...each }))}
        value={kind}
        onChange={({ currentTarget }) => onChange({ kind: KINDS.find((each) => each.value === currentTarget.value)?.value ?? "source" })}
      />
      <Autocomplete
        aria-label={`Answers of candidate ${place}`}
        placeholder={EXAMPLES[kind]}
        data={[...suggestions]}
        value={value}
        onChange={(next) => onChange({ value: next })}
        error={error}
        style={{ flex: "1 1 220px" }}
      />
      <TextInput
        aria-label={`Name of candidate ${place}`}
        placeholder="Name (optional)"
        maxLength={128}
        value={name}
        onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
        style={{ flex: "0 1 180px" }}
      />
      <ActionIcon size={30} aria-label={`Remove candidate ${place}`} disabled={onRemove === undefined} onClick={onRemove}>
        <IconX size={14} />
      </ActionIcon>
    </Group>
  );
}
