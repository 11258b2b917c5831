import { NetworkStatus } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import { Loader, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import type { TraceOrder, TraceWhere } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../../shared/feedback/Stale.tsx";
import { whole } from "../../../shared/format/numbers.ts";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import classes from "./Builder.module.css";
import { PreviewRow } from "./PreviewRow.tsx";

const PREVIEW = graphql(`
  query DatasetPreview($where: TraceWhere, $orderBy: [TraceOrder!]) {
    traces(where: $where, orderBy: $orderBy, first: 25) {
      edges {
        node {
          id
          ...PreviewRow
        }
      }
      totalCount
    }
  }
`);

const PAUSE_MS = 200;

interface Props {
  where: TraceWhere;
  orderBy: TraceOrder[] | undefined;
  /** Describes which of the matching traces become members. */
  choice: (matching: number) => string;
}

/** The number of matching traces while the filter changes, and the first of them. A superseded request is aborted. */
export function Preview({ where, orderBy, choice }: Props): ReactElement {
  const [settled] = useDebouncedValue(JSON.stringify({ where, ...(orderBy && { orderBy }) }), PAUSE_MS);
  const variables = JSON.parse(settled) as { where: TraceWhere; orderBy?: TraceOrder[] };
  const { data, previousData, error, networkStatus, refetch } = useQuery(PREVIEW, { variables, fetchPolicy: "cache-and-network" });
  usePageQuery(PREVIEW, variables);
  const traces = (data ?? previousData)?.traces;
  const isBusy = networkStatus === NetworkStatus.loading || networkStatus === NetworkStatus.setVariables;
  return (
    <section aria-label="Preview" className={classes.preview}>
      <div className={classes.count}>
        <output>
          {traces && !error && (
            <>
              <b>{whole(traces.totalCount)}</b> {traces.totalCount === 1 ? "trace matches" : "traces match"}
              {traces.totalCount > 0 && `; ${choice(traces.totalCount)}`}.
            </>
          )}
        </output>
        {isBusy && (
          <>
            <Loader size={12} color="gray" aria-hidden />
            <span className="visually-hidden">Counting</span>
          </>
        )}
      </div>
      {error && <ErrorNotice title="The traces could not be counted" errors={shownErrors(error)} onRetry={() => void refetch()} />}
      {!traces && !error && <RowSkeletons />}
      {traces && !error && (
        <Stale isStale={isBusy}>
          <ol className={classes.rows} aria-label="First matching traces">
            {traces.edges.map(({ node }) => (
              <PreviewRow key={node.id} from={node} />
            ))}
          </ol>
        </Stale>
      )}
      {traces?.edges.length === 0 && !error && (
        <Text size="sm" c="dimmed">
          No trace matches. A dataset needs at least one: change the filter.
        </Text>
      )}
    </section>
  );
}
