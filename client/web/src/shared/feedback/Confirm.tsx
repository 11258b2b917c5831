import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";

interface Props {
  title: string;
  /** The action after confirmation. */
  children: ReactNode;
  /** The label of the button that does it. */
  action: string;
  isOpen: boolean;
  isBusy?: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before something is done that cannot be undone. */
export function Confirm({ title, children, action, isOpen, isBusy = false, onClose, onConfirm }: Props): ReactElement {
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} size="sm">
      <Text size="sm">{children}</Text>
      <Group justify="flex-end" mt="md" gap="xs">
        <Button variant="default" onClick={onClose}>
          Keep it
        </Button>
        <Button color="red.9" loading={isBusy} onClick={onConfirm} data-autofocus>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
