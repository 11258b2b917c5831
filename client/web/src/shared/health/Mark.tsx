import { IconCircleCheck, IconCircleDashed, IconCircleMinus, IconExclamationCircle } from "@tabler/icons-react";
import type { ReactElement } from "react";
import classes from "./Mark.module.css";

/** The status of a part of the system; `absent` is optional and not installed. */
export type Condition = "good" | "bad" | "absent" | "unknown";

const ICONS: Record<Condition, typeof IconCircleCheck> = {
  good: IconCircleCheck,
  bad: IconExclamationCircle,
  absent: IconCircleMinus,
  unknown: IconCircleDashed,
};

/** The icon of a condition; the word beside it is the caller's. */
export function Mark({ condition }: { condition: Condition }): ReactElement {
  const Icon = ICONS[condition];
  return <Icon size={16} stroke={1.8} aria-hidden className={classes.mark} data-condition={condition} />;
}
