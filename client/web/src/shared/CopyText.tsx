import { ActionIcon, CopyButton, Group, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactElement, ReactNode } from "react";

interface Props {
  text: string;
  /** The button's label, such as "Copy the id". */
  label: string;
  /** The displayed form of the text. */
  children?: ReactNode;
}

/** A text with a button that copies it whole. */
export function CopyText({ text, label, children }: Props): ReactElement {
  return (
    <Group component="span" gap={4} wrap="nowrap" display="inline-flex">
      {children}
      <CopyButton value={text} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : label}>
            <ActionIcon size={24} aria-label={label} onClick={copy}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
