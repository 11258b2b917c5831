import { Button, Group, Text, Textarea } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { Dialog } from "../dialog/Dialog.tsx";
import type { Json } from "../json.ts";
import { isObject, NotAFilter, readWhere, type Where } from "./model/clauses.ts";
import type { FilterShape } from "./model/shapes.ts";

interface Props {
  where: Where;
  shape: FilterShape;
  onApply: (where: Where) => void;
  onClose: () => void;
}

/** The whole filter as JSON, as the API takes it. */
export function JsonDialog({ where, shape, onApply, onClose }: Props): ReactElement {
  const [text, setText] = useState(() => JSON.stringify(where, null, 2));
  const [error, setError] = useState<string | null>(null);
  const apply = (): void => {
    try {
      onApply(filterOf(text, shape));
      onClose();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  };
  return (
    <Dialog onClose={onClose} title={`Filter as JSON (${shape.type})`} size="lg">
      <Textarea
        aria-label="Filter as JSON"
        data-autofocus
        autosize
        minRows={8}
        maxRows={24}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        value={text}
        error={error}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group justify="space-between" mt="sm">
        <Text size="xs" c="dimmed">
          The value of <code>where</code> in a query.
        </Text>
        <Button onClick={apply}>Apply</Button>
      </Group>
    </Dialog>
  );
}

function filterOf(text: string, shape: FilterShape): Where {
  const value = JSON.parse(text) as Json;
  readWhere(value, shape);
  if (!isObject(value)) {
    throw new NotAFilter(`${shape.type} must be an object.`);
  }
  return value;
}
