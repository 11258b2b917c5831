import type { DatasetWhere, JobStatus } from "../../../gql/graphql.ts";

/** The statuses by which the list can be filtered. */
export const STATUSES: readonly { value: JobStatus; label: string }[] = [
  { value: "PENDING", label: "Pending" },
  { value: "RUNNING", label: "Running" },
  { value: "COMPLETED", label: "Completed" },
  { value: "FAILED", label: "Failed" },
  { value: "TIMEOUT", label: "Timed out" },
  { value: "CANCELLED", label: "Cancelled" },
];

/** Reads statuses from an address: `COMPLETED,FAILED`; what is no status is left out. */
export function statusesOf(text: string | null): JobStatus[] {
  const named = (text ?? "").split(",");
  return STATUSES.flatMap(({ value }) => (named.includes(value) ? [value] : []));
}

/** Returns the filter of the list: a part of the key, and statuses. */
export function datasetWhere(search: string | null, statuses: readonly JobStatus[]): DatasetWhere {
  return {
    ...(search !== null && { key: { contains: search } }),
    ...(statuses.length > 0 && { status: { in: [...statuses] } }),
  };
}
