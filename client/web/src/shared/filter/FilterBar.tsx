import { ActionIcon, Button, Text, Tooltip } from "@mantine/core";
import { IconBraces } from "@tabler/icons-react";
import { type ReactElement, useMemo, useState } from "react";
import { AddFilter } from "./AddFilter.tsx";
import classes from "./FilterBar.module.css";
import { FilterChip } from "./FilterChip.tsx";
import { JsonDialog } from "./JsonDialog.tsx";
import { type Clause, readWhere, type Where, writeWhere } from "./model/clauses.ts";
import type { FilterShape } from "./model/shapes.ts";
import { useIsWhereUnread } from "./useUrlWhere.ts";
import { SearchField } from "./SearchField.tsx";
import { NO_SUGGESTIONS, type Suggestions, SuggestionsContext } from "./suggestions.ts";

interface Props {
  shape: FilterShape;
  where: Where;
  onChange: (where: Where) => void;
  suggestions?: Suggestions;
  /** Called when a condition is about to be written, so that suggestions can be loaded. */
  onEdit?: () => void;
}

/** A filter as chips, each with an editor; a field for full-text search where the shape has one; and the whole as JSON. */
export function FilterBar({ shape, where, onChange, suggestions = NO_SUGGESTIONS, onEdit }: Props): ReactElement {
  const clauses = useMemo(() => readWhere(where, shape), [where, shape]);
  const [isJson, setJson] = useState(false);
  const isUnread = useIsWhereUnread(shape);
  const setClauses = (next: readonly Clause[]): void => onChange(writeWhere(next));
  const search = clauses.findIndex((clause) => clause.kind === "search");
  const found = clauses[search];
  const hasSearch = Object.values(shape.fields).some(({ kind }) => kind === "search");
  const setSearch = (text: string): void => {
    const others = clauses.filter((_, index) => index !== search);
    setClauses(text === "" ? others : [{ kind: "search", field: "search", text }, ...others]);
  };
  return (
    <SuggestionsContext value={suggestions}>
      <section className={classes.bar} aria-label="Filter">
        {hasSearch && <SearchField text={found?.kind === "search" ? found.text : ""} onSearch={setSearch} />}
        {clauses.map((clause, index) =>
          index === search ? null : (
            <FilterChip
              // oxlint-disable-next-line react/no-array-index-key
              key={index}
              clause={clause}
              shape={shape}
              onEdit={onEdit}
              onApply={(next) => setClauses(clauses.map((each, at) => (at === index ? next : each)))}
              onRemove={() => setClauses(clauses.filter((_, at) => at !== index))}
            />
          ),
        )}
        <AddFilter shape={shape} onAdd={(clause) => setClauses([...clauses, clause])} onEdit={onEdit} />
        <Tooltip label="Edit as JSON">
          <ActionIcon size={28} aria-label="Edit as JSON" onClick={() => setJson(true)}>
            <IconBraces size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        {clauses.length > 0 && (
          <Button variant="subtle" color="gray" size="compact-xs" onClick={() => onChange({})}>
            Clear
          </Button>
        )}
        {isUnread && (
          <Text size="xs" c="var(--bad-text)" role="alert">
            The filter in the address cannot be read, so it is ignored.
          </Text>
        )}
        {isJson && <JsonDialog where={where} shape={shape} onApply={onChange} onClose={() => setJson(false)} />}
      </section>
    </SuggestionsContext>
  );
}
