import { Modal } from "@mantine/core";
import type { ReactElement } from "react";
import { Question, type QuestionProps } from "./Question.tsx";

/** Above popovers, from which it may be opened. */
const Z_INDEX = 400;

interface Props extends QuestionProps {
  /** The question, such as "Delete maths-1?". */
  title: string;
  isOpen: boolean;
}

/** A dialog that asks before something is done that cannot be undone. The focus returns to where it was asked. */
export function Confirm({ title, isOpen, ...question }: Props): ReactElement {
  return (
    <Modal opened={isOpen} onClose={question.onClose} title={title} size="sm" zIndex={Z_INDEX} data-question>
      <Question {...question} />
    </Modal>
  );
}
