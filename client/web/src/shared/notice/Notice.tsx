import { Alert } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle, IconKey } from "@tabler/icons-react";
import type { ReactElement, ReactNode, Ref } from "react";
import classes from "./Notice.module.css";

type Tone = "quiet" | "warning" | "good";

const ICONS: Readonly<Record<Tone, typeof IconKey>> = { quiet: IconInfoCircle, warning: IconAlertTriangle, good: IconKey };

interface Props {
  tone: Tone;
  title: string;
  children: ReactNode;
  /** A notice with a reference can take the focus. */
  ref?: Ref<HTMLDivElement>;
}

/** Something to know before going on, which is no error. */
export function Notice({ tone, title, children, ref }: Props): ReactElement {
  const Icon = ICONS[tone];
  return (
    <Alert
      ref={ref}
      tabIndex={ref === undefined ? undefined : -1}
      variant="outline"
      color="gray"
      icon={<Icon size={18} />}
      title={title}
      p="sm"
      classNames={classes}
      data-tone={tone}
    >
      {children}
    </Alert>
  );
}
