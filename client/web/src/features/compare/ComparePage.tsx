import { useQuery } from "@apollo/client/react";
import { type ReactElement, useMemo } from "react";
import { useSearchParams } from "react-router";
import { graphql } from "../../gql/gql.ts";
import { EmptyState } from "../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../shared/feedback/Stale.tsx";
import { PageHeader } from "../../shared/PageHeader.tsx";
import { usePageQuery } from "../../shared/query/PageQuery.tsx";
import classes from "./Compare.module.css";
import { CompareForm, type Pair } from "./reference/CompareForm.tsx";
import { useReference } from "./reference/useReference.ts";
import { Comparison } from "./rows/Comparison.tsx";

const COMPARE = graphql(`
  query CompareTraces($base: ID!, $other: ID!) {
    compareTraces(base: $base, other: $other) {
      difference
      base {
        score
        details
        trace {
          id
          ...ComparedTrace
        }
      }
      other {
        score
        details
        trace {
          id
          ...ComparedTrace
        }
      }
    }
  }
`);

/** Two traces side by side. The address has which ones. */
export function Component(): ReactElement {
  const [params, setParams] = useSearchParams();
  const pair = useMemo(() => ({ a: params.get("a") ?? "", b: params.get("b") ?? "" }), [params]);
  const [base, other] = [useReference(pair.a || null), useReference(pair.b || null)];
  const variables = { base: base.id ?? "", other: other.id ?? "" };
  const isReady = base.id !== undefined && other.id !== undefined;
  const { data, previousData, error, loading, refetch } = useQuery(COMPARE, { variables, skip: !isReady, fetchPolicy: "cache-and-network" });
  usePageQuery(COMPARE, variables);
  const compared = (data ?? (loading ? previousData : undefined))?.compareTraces;
  const shown = error ? shownErrors(error) : [];
  const messageOf = (field: string): string | undefined => shown.find((each) => each.field === field)?.message;
  const rest = shown.filter((each) => !["base", "other"].includes(each.field));
  const compare = (given: Pair): void => {
    const next = { a: given.a.trim(), b: given.b.trim() };
    setParams(next);
    if (next.a === pair.a && next.b === pair.b) {
      base.again();
      other.again();
      void (isReady && refetch().catch(() => {}));
    }
  };
  return (
    <>
      <PageHeader title="Compare traces" />
      <CompareForm
        key={`${pair.a} ${pair.b}`}
        pair={pair}
        errors={{ a: base.error ?? messageOf("base"), b: other.error ?? messageOf("other") }}
        isLoading={loading}
        onCompare={compare}
      />
      {rest.length > 0 && (
        <div className={classes.notice}>
          <ErrorNotice title="The traces could not be compared" errors={rest} onRetry={() => void refetch()} />
        </div>
      )}
      {compared && (
        <Stale isStale={data === undefined}>
          <Comparison comparison={compared} />
        </Stale>
      )}
      {loading && !compared && <RowSkeletons />}
      {(pair.a === "" || pair.b === "") && <NothingYet />}
    </>
  );
}

function NothingYet(): ReactElement {
  return (
    <EmptyState title="Choose two traces">
      Enter both above, or open a trace and press Compare: the answers to the same prompt have a link to the comparison, too.
    </EmptyState>
  );
}
