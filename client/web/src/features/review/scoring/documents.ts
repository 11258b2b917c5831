import { graphql } from "../../../gql/gql.ts";

export const CREATE_SCORES = graphql(`
  mutation ReviewScores($input: CreateScoresInput!) {
    createScores(input: $input) {
      scores {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const DELETE_SCORES = graphql(`
  mutation TakeBackScores($input: DeleteScoresInput!) {
    deleteScores(input: $input) {
      deletedCount
      errors {
        code
        message
        path
      }
    }
  }
`);
