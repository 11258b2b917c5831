import { useQuery } from "@apollo/client/react";
import { graphql } from "../../../gql/gql.ts";
import { DEFAULT_RUBRIC, type Rubric } from "./rubric.ts";

const RUBRICS = graphql(`
  query ReviewRubrics {
    rubrics(first: 100) {
      edges {
        node {
          id
          name
          criteria {
            scorer
            label
            perStep
            scale {
              min
              max
              choices {
                value
                label
                key
              }
            }
          }
        }
      }
    }
  }
`);

/** The rubrics that can be chosen: the one that is always there, then those that the server keeps. */
export function useRubrics(): { rubrics: readonly Rubric[]; isLoading: boolean; error: unknown; refetch: () => Promise<unknown> } {
  const { data, loading, error, refetch } = useQuery(RUBRICS, { fetchPolicy: "cache-and-network" });
  // One with the name of the built-in rubric, which only other clients can store, could not be distinguished from it.
  const kept = (data?.rubrics.edges ?? []).flatMap(({ node }) => (node.name === DEFAULT_RUBRIC.name ? [] : [node]));
  return { rubrics: [DEFAULT_RUBRIC, ...kept], isLoading: loading && data === undefined, error, refetch };
}
