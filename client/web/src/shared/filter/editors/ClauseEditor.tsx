import { ActionIcon, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { type Clause, QUANTIFIERS } from "../model/clauses.ts";
import { quantityText } from "../model/describe.ts";
import { GROUPS, newClause } from "../model/drafts.ts";
import { type FilterShape, isValueField } from "../model/shapes.ts";
import { jsonText } from "../model/values.ts";
import { type SuggestedPath, useSuggestions } from "../suggestions.ts";
import classes from "./ClauseEditor.module.css";
import { MetricEditor } from "./MetricEditor.tsx";
import { OperatorSelect } from "./OperatorSelect.tsx";
import { SuggestedInput } from "./SuggestedInput.tsx";
import { useItemKeys } from "./useItemKeys.ts";
import { ValueInput } from "./ValueInput.tsx";

interface Props<Kind extends Clause["kind"] = Clause["kind"]> {
  clause: Extract<Clause, { kind: Kind }>;
  shape: FilterShape;
  onChange: (clause: Clause) => void;
}

/** The inputs of one clause; those of groups and relations have further clauses inside. */
export function ClauseEditor({ clause, shape, onChange }: Props): ReactElement {
  switch (clause.kind) {
    case "search":
      return (
        <TextInput
          aria-label="Words"
          data-autofocus
          w={260}
          value={clause.text}
          onChange={(event) => onChange({ ...clause, text: event.currentTarget.value })}
        />
      );
    case "flag":
      return (
        <ValueInput kind="enum" operator="isNull" value={clause.value} onChange={(value) => onChange({ ...clause, value: value === true })} />
      );
    case "value":
      return <ValueEditor clause={clause} shape={shape} onChange={onChange} />;
    case "meta":
      return <MetaEditor clause={clause} shape={shape} onChange={onChange} />;
    case "metric":
      return <MetricEditor clause={clause} shape={shape} onChange={onChange} />;
    case "relation":
      return <RelationEditor clause={clause} shape={shape} onChange={onChange} />;
    case "any":
      return <AnyEditor clause={clause} shape={shape} onChange={onChange} />;
    case "not":
      return <Clauses label="Not" clauses={clause.clauses} shape={shape} onChange={(clauses) => onChange({ ...clause, clauses })} />;
  }
}

function ValueEditor({ clause, shape, onChange }: Props<"value">): ReactElement | null {
  const { values } = useSuggestions();
  const field = shape.fields[clause.field];
  if (field === undefined || !isValueField(field)) {
    return null;
  }
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <OperatorSelect clause={clause} field={field} kind={field.kind} onChange={onChange} />
      <ValueInput
        kind={field.kind}
        operator={clause.operator}
        value={clause.value}
        members={field.members}
        suggested={values[`${shape.type}.${clause.field}`]}
        onChange={(value) => onChange({ ...clause, value })}
      />
    </Group>
  );
}

function MetaEditor({ clause, shape, onChange }: Props<"meta">): ReactElement | null {
  const { metaPaths } = useSuggestions();
  const known = metaPaths.find(({ path }) => path.join(".") === clause.path.join("."));
  const field = shape.fields[clause.field];
  if (field === undefined) {
    return null;
  }
  return (
    <Group gap={6} wrap="wrap" align="flex-start">
      <SuggestedInput
        aria-label="Path"
        placeholder="Path, as a.b"
        data-autofocus={clause.path.length === 0 || undefined}
        w={150}
        suggested={metaPaths.map(({ path }) => path.join("."))}
        defaultValue={clause.path.join(".")}
        onChange={({ currentTarget: { value } }) => onChange({ ...clause, path: pathOf(value, metaPaths) })}
      />
      <OperatorSelect clause={clause} field={field} kind="meta" onChange={onChange} />
      <ValueInput
        kind="meta"
        operator={clause.operator}
        value={clause.value}
        suggested={known?.examples.map(jsonText)}
        onChange={(value) => onChange({ ...clause, value })}
      />
    </Group>
  );
}

/** A path that is stored is meant as it is, also where its keys have dots. */
function pathOf(text: string, known: readonly SuggestedPath[]): readonly string[] {
  return known.find(({ path }) => path.join(".") === text)?.path ?? text.split(".").filter((key) => key !== "");
}

function RelationEditor({ clause, shape, onChange }: Props<"relation">): ReactElement | null {
  const field = shape.fields[clause.field];
  if (field?.kind !== "relation") {
    return null;
  }
  return (
    <Stack gap={6}>
      <NativeSelect
        aria-label="Quantifier"
        size="xs"
        w={240}
        data={QUANTIFIERS.map((value) => ({ value, label: quantityText(value, field.label) }))}
        value={clause.quantifier}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...clause, quantifier: QUANTIFIERS.find((each) => each === value) ?? "some" })
        }
      />
      <Clauses label="With" clauses={clause.clauses} shape={field.of} onChange={(clauses) => onChange({ ...clause, clauses })} />
    </Stack>
  );
}

function AnyEditor({ clause, shape, onChange }: Props<"any">): ReactElement {
  const { members } = clause;
  const { keys, forget } = useItemKeys(members.length);
  const setMembers = (next: readonly (readonly Clause[])[]): void => onChange({ ...clause, members: next });
  const remove = (index: number): void => {
    forget(index);
    setMembers(members.filter((_, at) => at !== index));
  };
  return (
    <Stack gap={6}>
      {members.map((member, index) => (
        <Clauses
          key={keys[index]}
          label={index === 0 ? "Either" : "or"}
          clauses={member}
          shape={shape}
          onChange={(clauses) => setMembers(members.map((each, at) => (at === index ? clauses : each)))}
          onRemove={() => remove(index)}
        />
      ))}
      <Button variant="subtle" size="compact-xs" onClick={() => setMembers([...members, []])} style={{ alignSelf: "start" }}>
        Add an alternative
      </Button>
    </Stack>
  );
}

interface ClausesProps {
  label: string;
  clauses: readonly Clause[];
  shape: FilterShape;
  onChange: (clauses: readonly Clause[]) => void;
  onRemove?: () => void;
}

/** Clauses that must all hold, within a group or a relation. */
function Clauses({ label, clauses, shape, onChange, onRemove }: ClausesProps): ReactElement {
  const { keys, forget } = useItemKeys(clauses.length);
  const remove = (index: number): void => {
    forget(index);
    onChange(clauses.filter((_, at) => at !== index));
  };
  const replace = (index: number, clause: Clause): void => onChange(clauses.map((each, at) => (at === index ? clause : each)));
  return (
    <section aria-label={label} className={classes.nested}>
      <Group justify="space-between" gap="xs">
        <Text size="xs" fw={500} c="dimmed">
          {label}
        </Text>
        {onRemove && <RemoveButton label={`Remove this alternative`} onClick={onRemove} />}
      </Group>
      {clauses.map((clause, index) => (
        <div key={keys[index]} className={classes.row}>
          <Text size="xs" w={84} pt={7} style={{ flex: "none" }}>
            {nameOf(clause, shape)}
          </Text>
          <ClauseEditor clause={clause} shape={shape} onChange={(next) => replace(index, next)} />
          <RemoveButton label={`Remove ${nameOf(clause, shape)}`} onClick={() => remove(index)} />
        </div>
      ))}
      <FieldSelect shape={shape} isFirst={clauses.length === 0} onPick={(name) => onChange([...clauses, newClause(name, shape)])} />
    </section>
  );
}

function FieldSelect({ shape, isFirst, onPick }: { shape: FilterShape; isFirst: boolean; onPick: (name: string) => void }): ReactElement {
  const fields = Object.entries(shape.fields).map(([value, { label }]) => ({ value, label }));
  const groups = Object.entries(GROUPS).map(([value, label]) => ({ value, label }));
  return (
    <NativeSelect
      aria-label="Add a condition"
      size="xs"
      w={190}
      value=""
      data={[{ value: "", label: isFirst ? "Add a condition…" : "And…" }, ...fields, ...groups]}
      onChange={({ currentTarget: { value } }) => value !== "" && onPick(value)}
    />
  );
}

function RemoveButton({ label, onClick }: { label: string; onClick: () => void }): ReactElement {
  return (
    <ActionIcon size={24} aria-label={label} onClick={onClick} style={{ flex: "none" }}>
      <IconX size={14} stroke={1.8} />
    </ActionIcon>
  );
}

function nameOf(clause: Clause, shape: FilterShape): string {
  return clause.kind === "any" || clause.kind === "not" ? GROUPS[clause.kind] : (shape.fields[clause.field]?.label ?? clause.field);
}
