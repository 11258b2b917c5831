import { useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { RunActionsFragment } from "../../../../gql/graphql.ts";

const RUN_BEFORE = graphql(`
  query RunBefore($where: RunWhere!) {
    runs(where: $where, orderBy: [{ field: CREATED_AT, direction: DESC }], first: 1) {
      edges {
        node {
          id
          uuid
        }
      }
    }
  }
`);

/** Compares a run with the one before it of the same mode and dataset, as the baseline; alone if it is the first one. */
export function CompareLink({ run: { uuid, mode, datasetKey, createdAt } }: { run: RunActionsFragment }): ReactElement {
  const where = { mode: { eq: mode }, datasetKey: { eq: datasetKey }, createdAt: { lt: createdAt } };
  const before = useQuery(RUN_BEFORE, { variables: { where }, fetchPolicy: "cache-and-network" }).data?.runs.edges[0]?.node.uuid;
  return (
    <Button component={Link} to={`/runs/compare?ids=${before === undefined ? uuid : `${before},${uuid}`}`} variant="default">
      Compare
    </Button>
  );
}
