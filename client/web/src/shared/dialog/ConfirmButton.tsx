import { ActionIcon, Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type ReactElement, useState } from "react";
import { Confirm } from "./Confirm.tsx";
import type { QuestionProps } from "./Question.tsx";
import { useFocusAfterwards } from "./useFocusAfterwards.ts";

interface Props extends Omit<QuestionProps, "onClose"> {
  /** The button's label, such as "Delete". */
  label: string;
  /** Whether the button is an icon, such as at the end of a row. */
  isIcon?: boolean;
  isDisabled?: boolean;
  /** The question, such as "Delete maths-1?". */
  title: string;
  /** Called when the question is asked and when it is answered. */
  onAsk?: (isAsking: boolean) => void;
}

/** A button of an action that cannot be undone, which is done after a question. */
export function ConfirmButton({ label, isIcon = false, isDisabled = false, onConfirm, onAsk, ...question }: Props): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const { opener, act } = useFocusAfterwards(onConfirm);
  const ask = (isAsking: boolean): void => {
    setOpen(isAsking);
    onAsk?.(isAsking);
  };
  return (
    <>
      {isIcon ? (
        <ActionIcon ref={opener} size={26} aria-label={label} title={label} disabled={isDisabled} onClick={() => ask(true)}>
          <IconTrash size={15} stroke={1.6} />
        </ActionIcon>
      ) : (
        <Button ref={opener} variant="default" disabled={isDisabled} onClick={() => ask(true)}>
          {label}
        </Button>
      )}
      <Confirm {...question} isOpen={isOpen} onClose={() => ask(false)} onConfirm={act} />
    </>
  );
}
