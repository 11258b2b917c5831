import { Badge } from "@mantine/core";
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

const SHOWN: Record<JobStatus, { color: string; icon: typeof IconBan; label: string }> = {
  PENDING: { color: "gray", icon: IconCircleDashed, label: "Pending" },
  RUNNING: { color: "accent", icon: IconPlayerPlay, label: "Running" },
  COMPLETED: { color: "green", icon: IconCircleCheck, label: "Completed" },
  FAILED: { color: "red", icon: IconExclamationCircle, label: "Failed" },
  TIMEOUT: { color: "orange", icon: IconClockExclamation, label: "Timed out" },
  CANCELLED: { color: "gray", icon: IconBan, label: "Cancelled" },
};

/** A job's status by icon, word and colour. */
export function StatusBadge({ status }: { status: JobStatus }): ReactElement {
  const { color, icon: Icon, label } = SHOWN[status];
  return (
    <Badge variant="transparent" color={color} px={0} tt="none" fw={500} className={`status-${color}`} leftSection={<Icon size={14} aria-hidden />}>
      {label}
    </Badge>
  );
}
