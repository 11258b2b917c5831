import { useMutation } from "@apollo/client/react";
import { TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import { Dialog } from "../../../shared/dialog/Dialog.tsx";
import { Question } from "../../../shared/dialog/Question.tsx";
import { type ShownError, shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { whole } from "../../../shared/format/numbers.ts";
import { portions, type Target, tracesText } from "./target.ts";

const DELETE_TRACES = graphql(`
  mutation DeleteTraces($input: DeleteTracesInput!) {
    deleteTraces(input: $input) {
      deletedCount
      matchedCount
      errors {
        code
        message
        path
      }
    }
  }
`);

interface Props {
  target: Target;
  onClose: () => void;
  onDeleted: () => void;
  /** Some traces are deleted; the others of the target were refused. */
  onPartDeleted: (ids: readonly string[]) => void;
}

/** Deletes the chosen traces after their number, as the server counts them now, was typed. */
export function DeleteDialog({ target, onClose, onDeleted, onPartDeleted }: Props): ReactElement {
  const { counts, deleted, errors, remove } = useDeletion(target, onDeleted, onPartDeleted);
  const [typed, setTyped] = useState("");
  const total = counts?.reduce((sum, count) => sum + count, 0);
  const isConfirmed = total !== undefined && total > 0 && typed.replaceAll(/[\s,.]/g, "") === String(total);
  const isInPart = deleted > 0;
  return (
    <Dialog onClose={onClose} title={total === undefined ? "Delete traces?" : `Delete ${tracesText(total)}?`} size="sm">
      <Question
        action="Delete the traces"
        keep={isInPart ? "Close" : "Keep them"}
        failure={isInPart ? `${whole(deleted)} of ${tracesText(total ?? 0)} were deleted, the others were not` : "The traces were not deleted"}
        errors={errors}
        isReady={isConfirmed && !isInPart}
        fields={
          total === undefined || isInPart ? null : (
            <CountField count={total} value={typed} onChange={setTyped} />
          )
        }
        onClose={onClose}
        onConfirm={remove}
      >
        {isInPart
          ? "The traces that were not deleted are still selected."
          : "They are deleted permanently, with their scores. Datasets that have them as members can no longer be exported whole."}
      </Question>
    </Dialog>
  );
}

/** The field for the number of traces. It comes once they are counted, when the dialog has given the focus to something else. */
function CountField({ count, value, onChange }: { count: number; value: string; onChange: (value: string) => void }): ReactElement {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <TextInput
      ref={field}
      label={`Type ${count} to confirm`}
      inputMode="numeric"
      autoComplete="off"
      data-autofocus
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

interface Deletion {
  /** The number of traces of each portion; null until they are counted. */
  counts: readonly number[] | null;
  /** The number of traces that were deleted before the others were refused. */
  deleted: number;
  /** Why they could not be counted. */
  errors: readonly ShownError[];
  remove: () => Promise<readonly ShownError[]>;
}

/** Counts the traces at once, and deletes exactly that number on confirmation. */
function useDeletion(target: Target, onDeleted: Props["onDeleted"], onPartDeleted: Props["onPartDeleted"]): Deletion {
  const [mutate] = useMutation(DELETE_TRACES);
  const [counts, setCounts] = useState<readonly number[] | null>(null);
  const [deleted, setDeleted] = useState(0);
  const [errors, setErrors] = useState<readonly ShownError[]>([]);
  const [parts] = useState(() => portions(target));

  useEffect(() => {
    let isOpen = true;
    const count = async (): Promise<void> => {
      const results = await Promise.all(parts.map((part) => mutate({ variables: { input: { ...part, dryRun: true } } })));
      const payloads = results.flatMap(({ data }) => data?.deleteTraces ?? []);
      if (isOpen) {
        setErrors(shownUserErrors(payloads.flatMap((payload) => payload.errors)));
        setCounts(payloads.every((payload) => payload.errors.length === 0) ? payloads.map(({ matchedCount }) => matchedCount ?? 0) : null);
      }
    };
    count().catch((error: unknown) => isOpen && setErrors(shownErrors(error)));
    return () => {
      isOpen = false;
    };
  }, [mutate, parts]);

  const remove = async (): Promise<readonly ShownError[]> => {
    const done: { count: number; ids: string[] } = { count: 0, ids: [] };
    try {
      for (const [index, part] of parts.entries()) {
        // One after the other, so that the first refusal ends it.
        // oxlint-disable-next-line no-await-in-loop
        done.count += await removePart(part, counts?.[index] ?? 0);
        done.ids.push(...("ids" in part ? part.ids : []));
      }
      notifications.show({ message: `${tracesText(done.count)} deleted` });
      onDeleted();
      return [];
    } catch (error) {
      setDeleted(done.count);
      if (done.count > 0) {
        onPartDeleted(done.ids);
      }
      return error instanceof Refused ? error.errors : shownErrors(error);
    }
  };
  const removePart = async (part: (typeof parts)[number], expectedCount: number): Promise<number> => {
    const { data } = await mutate({ variables: { input: { ...part, expectedCount } } });
    const { deletedCount, errors: refusals } = data?.deleteTraces ?? { deletedCount: null, errors: [] };
    if (refusals.length > 0) {
      throw new Refused(shownUserErrors(refusals));
    }
    return deletedCount ?? 0;
  };
  return { counts, deleted, errors, remove };
}

/** A portion of a deletion was refused. */
class Refused extends Error {
  readonly errors: readonly ShownError[];

  constructor(errors: readonly ShownError[]) {
    super("refused");
    this.errors = errors;
  }
}
