import type { TypedDocumentNode } from "@apollo/client";
import type { UserError } from "../feedback/errors.ts";

/** A mutation that changes a job, whose payload is selected under the alias `payload`. */
export type JobChange = TypedDocumentNode<{ payload: { errors: readonly UserError[] } }, { id: string }>;

/** The mutations of the jobs of one kind. */
export interface JobChanges {
  cancel: JobChange;
  retry: JobChange;
  remove: JobChange;
}
