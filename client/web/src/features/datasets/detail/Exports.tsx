import { useQuery } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { ExportRow } from "../../../shared/exports/ExportRow.tsx";
import { StartExport } from "../../../shared/exports/StartExport.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { Section } from "../../../shared/section/Section.tsx";

const EXPORTS = graphql(`
  query DatasetExports($id: ID!) {
    exports(where: { datasetId: { eq: $id } }, first: 100) {
      edges {
        node {
          id
          ...ExportRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
`);

/** Exports of a dataset: the form that starts one, and those that there are, the newest first. */
export function Exports({ id }: { id: string }): ReactElement {
  const variables = { id };
  const { data, error, refetch } = useQuery(EXPORTS, { variables, fetchPolicy: "cache-and-network" });
  usePageQuery(EXPORTS, variables);
  return (
    <>
      <Section title="Export this dataset" about="The same members give the same bytes at any time. A file is kept for a week.">
        <div style={{ maxWidth: 640 }}>
          <StartExport source={{ datasetId: id }} onStarted={() => void refetch()} />
        </div>
      </Section>
      <Section title="Exports">
        {error && <ErrorNotice title="The exports could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
        {!data && !error && <RowSkeletons count={3} />}
        {data?.exports.edges.length === 0 && (
          <Text size="sm" c="dimmed">
            There is no export of this dataset yet.
          </Text>
        )}
        <ul aria-label="Exports" tabIndex={-1} data-focus-home style={{ listStyle: "none", margin: 0, padding: 0 }}>
          {data?.exports.edges.map(({ node }) => (
            <ExportRow key={node.id} from={node} onGone={() => void refetch()} />
          ))}
        </ul>
      </Section>
    </>
  );
}
