import type { TypedDocumentNode } from "@apollo/client";
import { graphql } from "../../gql/gql.ts";
import type { UserError } from "../feedback/errors.ts";

/** A mutation that changes a job, whose payload is selected under the alias `payload`. */
export type JobChange = TypedDocumentNode<{ payload: { errors: readonly UserError[] } }, { id: string }>;

/** The mutations of the jobs of one kind. */
export interface JobChanges {
  cancel: JobChange;
  retry: JobChange;
  remove: JobChange;
}

/** The fields of a job that its cancellation or retry changes. */
export const CHANGED_JOB = graphql(`
  fragment ChangedJob on Job {
    status
    progress
    error {
      code
      message
    }
  }
`);
