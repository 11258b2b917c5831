import { useQuery } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../gql/gql.ts";
import { ErrorNotice } from "../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../shared/feedback/errors.ts";
import { PageHeader } from "../../shared/PageHeader.tsx";
import { usePageQuery } from "../../shared/query/PageQuery.tsx";

const OVERVIEW = graphql(`
  query Overview {
    serverInfo {
      version
    }
    traces(first: 1) {
      totalCount
    }
    runs(first: 5) {
      edges {
        node {
          id
          uuid
          status
        }
      }
    }
  }
`);

/** The first page: what is stored, and what is going on. */
export function Component(): ReactElement {
  const { data, error, refetch } = useQuery(OVERVIEW);
  usePageQuery(OVERVIEW);
  return (
    <>
      <PageHeader title="Overview" />
      {error && <ErrorNotice title="The overview could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
      {data && (
        <Text px="md">
          {data.traces.totalCount} traces, version {data.serverInfo.version}
        </Text>
      )}
    </>
  );
}
