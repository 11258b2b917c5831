import { Modal } from "@mantine/core";
import { type ReactElement, type ReactNode, useLayoutEffect } from "react";

interface Props {
  title: string;
  size?: "sm" | "md" | "lg";
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that is mounted only while it is open. When it closes, the focus returns to where it was opened. */
export function Dialog({ title, size = "md", onClose, children }: Props): ReactElement {
  useLayoutEffect(() => {
    const opener = document.activeElement;
    return () => {
      if (opener instanceof HTMLElement) {
        opener.focus({ preventScroll: true });
      }
    };
  }, []);
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      {children}
    </Modal>
  );
}
