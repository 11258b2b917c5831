import { useMutation } from "@apollo/client/react";
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, type ReactElement, useEffect, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
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
  const { counts, deleted, errors, isBusy, remove } = useDeletion(target, onDeleted, onPartDeleted);
  const [typed, setTyped] = useState("");
  const total = counts?.reduce((sum, count) => sum + count, 0);
  const isConfirmed = total !== undefined && total > 0 && typed.replaceAll(/[\s,.]/g, "") === String(total);
  if (deleted > 0) {
    return <PartDeleted deleted={deleted} total={total ?? 0} errors={errors} onClose={onClose} />;
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isConfirmed) {
      void remove();
    }
  };
  return (
    <Modal opened onClose={onClose} title="Delete traces">
      <form onSubmit={submit}>
        <Stack gap="sm">
          {total !== undefined && (
            <>
              <Text size="sm">
                {tracesText(total)} will be deleted with their scores. This cannot be undone. Datasets that have them as members
                can no longer be exported whole.
              </Text>
              <TextInput
                label={`Type ${total} to confirm`}
                inputMode="numeric"
                autoComplete="off"
                data-autofocus
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
            </>
          )}
          {errors.length > 0 && <ErrorNotice title="The traces were not deleted" errors={errors} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" color="red.9" disabled={!isConfirmed} loading={isBusy}>
              Delete
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface PartDeletedProps {
  deleted: number;
  total: number;
  errors: readonly ShownError[];
  onClose: () => void;
}

/** Explains why only some of the traces were deleted. */
function PartDeleted({ deleted, total, errors, onClose }: PartDeletedProps): ReactElement {
  return (
    <Modal opened onClose={onClose} title="Delete traces">
      <Stack gap="sm">
        <ErrorNotice title={`${whole(deleted)} of ${tracesText(total)} were deleted, the others were not`} errors={errors} />
        <Text size="sm">The traces that were not deleted are still selected.</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Close
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface Deletion {
  /** The number of traces of each portion; null until they are counted. */
  counts: readonly number[] | null;
  /** The number of traces that were deleted before the others were refused. */
  deleted: number;
  errors: readonly ShownError[];
  isBusy: boolean;
  remove: () => Promise<void>;
}

/** Counts the traces at once, and deletes exactly that number on confirmation. */
function useDeletion(target: Target, onDeleted: Props["onDeleted"], onPartDeleted: Props["onPartDeleted"]): Deletion {
  const [mutate] = useMutation(DELETE_TRACES);
  const [counts, setCounts] = useState<readonly number[] | null>(null);
  const [deleted, setDeleted] = useState(0);
  const [errors, setErrors] = useState<readonly ShownError[]>([]);
  const [isBusy, setBusy] = useState(true);
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
    count()
      .catch((error: unknown) => isOpen && setErrors(shownErrors(error)))
      .finally(() => isOpen && setBusy(false));
    return () => {
      isOpen = false;
    };
  }, [mutate, parts]);

  const remove = async (): Promise<void> => {
    setBusy(true);
    setErrors([]);
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
    } catch (error) {
      setErrors(error instanceof Refused ? error.errors : shownErrors(error));
      setDeleted(done.count);
      if (done.count > 0) {
        onPartDeleted(done.ids);
      }
    } finally {
      setBusy(false);
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
  return { counts, deleted, errors, isBusy, remove };
}

/** A portion of a deletion was refused. */
class Refused extends Error {
  readonly errors: readonly ShownError[];

  constructor(errors: readonly ShownError[]) {
    super("refused");
    this.errors = errors;
  }
}
