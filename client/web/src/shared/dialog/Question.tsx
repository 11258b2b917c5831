import { Button, Group, Stack, Text } from "@mantine/core";
import { type FormEvent, type ReactElement, type ReactNode, useEffect, useRef, useState } from "react";
import { ErrorNotice } from "../feedback/ErrorNotice.tsx";
import type { ShownError } from "../feedback/errors.ts";
import { notifyErrors } from "../feedback/settle.ts";

export interface QuestionProps {
  /** The consequences: what is deleted and what is kept. */
  children: ReactNode;
  /** The fields that have to be filled in first, with `data-autofocus`. */
  fields?: ReactNode;
  /** True once they are filled in. */
  isReady?: boolean;
  /** The label of the button that confirms, such as "Delete the dataset". */
  action: string;
  /** The label of the button that cancels. */
  keep?: string;
  /** The title of a refusal, such as "The dataset was not deleted". */
  failure: string;
  /** The errors because of which it cannot be done at all. */
  errors?: readonly ShownError[];
  onClose: () => void;
  /** Performs the action; if that is refused, returns the errors, and the question stays open and shows them. */
  onConfirm: () => Promise<readonly ShownError[]>;
}

/** The content of a dialog that asks before something is done. The button that keeps everything has the focus at first. */
export function Question(props: QuestionProps): ReactElement {
  const { children, fields, isReady = true, action, keep = "Keep it", failure, errors = [], onClose, onConfirm } = props;
  const [isBusy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<readonly ShownError[]>([]);
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setRefusals([]);
    const found = await onConfirm().finally(() => setBusy(false));
    if (found.length === 0) {
      onClose();
    } else if (isShown.current) {
      setRefusals(found);
    } else {
      notifyErrors(failure, found);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isReady && !isBusy) {
      void confirm();
    }
  };
  const shown = [...errors, ...refusals];
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
          {children}
        </Text>
        {fields}
        {shown.length > 0 && <ErrorNotice title={failure} errors={shown} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus={fields === undefined || undefined}>
            {keep}
          </Button>
          <Button type="submit" color="red.9" loading={isBusy} disabled={!isReady}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
