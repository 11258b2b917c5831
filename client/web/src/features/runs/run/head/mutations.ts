import { graphql } from "../../../../gql/gql.ts";

/** Requests the cancellation of a run. */
export const CANCEL_RUN = graphql(`
  mutation CancelRun($id: ID!) {
    cancelRun(input: { id: $id }) {
      run {
        id
        status
        cancelRequested
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Starts another attempt. */
export const RETRY_RUN = graphql(`
  mutation RetryRun($id: ID!) {
    retryRun(input: { id: $id }) {
      run {
        id
        status
        statusReason
        progress
        cancelRequested
        completedAt
        error {
          code
          message
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Ends a run whose program elsewhere is gone. */
export const FINISH_RUN = graphql(`
  mutation FinishRun($id: ID!, $error: String!) {
    finishRun(input: { id: $id, status: FAILED, error: $error }) {
      run {
        id
        status
        statusReason
        progress
        completedAt
        error {
          code
          message
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Deletes a run with everything that belongs to it. */
export const DELETE_RUN = graphql(`
  mutation DeleteRun($id: ID!) {
    deleteRun(input: { id: $id }) {
      deletedUuid
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Changes the tags and the notes of a run. */
export const UPDATE_RUN = graphql(`
  mutation UpdateRun($input: UpdateRunInput!) {
    updateRun(input: $input) {
      run {
        id
        tags
        notes
      }
      errors {
        code
        message
        path
      }
    }
  }
`);
