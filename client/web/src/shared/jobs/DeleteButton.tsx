import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactElement, useState } from "react";
import { Confirm } from "../feedback/Confirm.tsx";

interface Props {
  /** What the job is called, such as "evaluation". */
  noun: string;
  name: string;
  /** What is lost, and what is kept. */
  consequence: string;
  onDelete: () => Promise<unknown>;
}

/** Deletes a job that has ended, after a question. */
export function DeleteButton({ noun, name, consequence, onDelete }: Props): ReactElement {
  const [isOpen, question] = useDisclosure(false);
  const [isBusy, setBusy] = useState(false);
  const confirmed = async (): Promise<void> => {
    setBusy(true);
    await onDelete().finally(() => setBusy(false));
    question.close();
  };
  return (
    <>
      <Button variant="default" onClick={question.open}>
        Delete
      </Button>
      <Confirm title={`Delete ${name}?`} action={`Delete the ${noun}`} isOpen={isOpen} isBusy={isBusy} onClose={question.close} onConfirm={() => void confirmed()}>
        {consequence}
      </Confirm>
    </>
  );
}
