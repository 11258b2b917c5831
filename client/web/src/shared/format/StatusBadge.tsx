import {
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconClockExclamation,
  IconExclamationCircle,
  IconPlayerPlay,
} from "@tabler/icons-react";
import type { ReactElement } from "react";
import type { JobStatus } from "../../gql/graphql.ts";
import classes from "./StatusBadge.module.css";

type Tone = "good" | "bad" | "active" | "quiet";

const SHOWN: Record<JobStatus, { tone: Tone; icon: typeof IconBan; label: string }> = {
  PENDING: { tone: "quiet", icon: IconCircleDashed, label: "Pending" },
  RUNNING: { tone: "active", icon: IconPlayerPlay, label: "Running" },
  COMPLETED: { tone: "good", icon: IconCircleCheck, label: "Completed" },
  FAILED: { tone: "bad", icon: IconExclamationCircle, label: "Failed" },
  TIMEOUT: { tone: "bad", icon: IconClockExclamation, label: "Timed out" },
  CANCELLED: { tone: "quiet", icon: IconBan, label: "Cancelled" },
};

/** A job's status by icon, word and colour. */
export function StatusBadge({ status }: { status: JobStatus }): ReactElement {
  const { tone, icon: Icon, label } = SHOWN[status];
  return (
    <span className={classes.badge} data-tone={tone}>
      <Icon size={14} stroke={1.8} aria-hidden />
      {label}
    </span>
  );
}
