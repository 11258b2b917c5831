import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactElement, useState } from "react";
import { Confirm } from "../feedback/Confirm.tsx";

interface Props {
  /** The job's noun, such as "evaluation". */
  noun: string;
  name: string;
  /** A description of what is deleted and what is kept. */
  consequence: string;
  onDelete: () => Promise<unknown>;
}

/** Deletes a job that has ended, after a question. */
export function DeleteButton({ noun, name, consequence, onDelete }: Props): ReactElement {
  const [isOpen, question] = useDisclosure(false);
  const [isBusy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    await onDelete().finally(() => setBusy(false));
    question.close();
  };
  return (
    <>
      <Button variant="default" onClick={question.open}>
        Delete
      </Button>
      <Confirm title={`Delete ${name}?`} action={`Delete the ${noun}`} isOpen={isOpen} isBusy={isBusy} onClose={question.close} onConfirm={() => void confirm()}>
        {consequence}
      </Confirm>
    </>
  );
}
