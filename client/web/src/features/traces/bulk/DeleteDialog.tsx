import { useMutation } from "@apollo/client/react";
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, type ReactElement, useEffect, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { type ShownError, shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
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
}

/** Deletes the chosen traces after their number, as the server counts them now, was typed. */
export function DeleteDialog({ target, onClose, onDeleted }: Props): ReactElement {
  const { counts, errors, isBusy, remove } = useDeletion(target, onDeleted);
  const [typed, setTyped] = useState("");
  const total = counts?.reduce((sum, count) => sum + count, 0);
  const isConfirmed = total !== undefined && total > 0 && typed.replaceAll(/[\s,.]/g, "") === String(total);
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

interface Deletion {
  /** The number of traces of each portion; null until they are counted. */
  counts: readonly number[] | null;
  errors: readonly ShownError[];
  isBusy: boolean;
  remove: () => Promise<void>;
}

/** Counts the traces at once, and deletes exactly that number on confirmation. */
function useDeletion(target: Target, onDeleted: () => void): Deletion {
  const [mutate] = useMutation(DELETE_TRACES);
  const [counts, setCounts] = useState<readonly number[] | null>(null);
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
    try {
      const deleted = await removeAll();
      notifications.show({ message: `${tracesText(deleted)} deleted` });
      onDeleted();
    } catch (error) {
      setErrors(error instanceof Refused ? error.errors : shownErrors(error));
    } finally {
      setBusy(false);
    }
  };
  const removeAll = async (): Promise<number> => {
    let deleted = 0;
    for (const [index, part] of parts.entries()) {
      const input = { ...part, expectedCount: counts?.[index] ?? 0 };
      // One after the other, so that the first refusal ends it.
      // oxlint-disable-next-line no-await-in-loop
      const { data } = await mutate({ variables: { input } });
      const payload = data?.deleteTraces;
      if (payload !== undefined && payload.errors.length > 0) {
        throw new Refused(shownUserErrors(payload.errors));
      }
      deleted += payload?.deletedCount ?? 0;
    }
    return deleted;
  };
  return { counts, errors, isBusy, remove };
}

/** A portion of a deletion was refused. */
class Refused extends Error {
  readonly errors: readonly ShownError[];

  constructor(errors: readonly ShownError[]) {
    super("refused");
    this.errors = errors;
  }
}
