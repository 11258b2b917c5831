import { useQuery } from "@apollo/client/react";
import { Text, Title } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { ReviewAgreementQuery, TraceWhere } from "../../../gql/graphql.ts";
import { agreementAddress } from "../../../shared/scores/agreementAddress.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { percent } from "../../../shared/format/numbers.ts";
import { type Criterion, type Rubric, scorerOf } from "../rubric/rubric.ts";
import { type Agreement, agreementOf, isComparable, pairsByScorer } from "./agreement.ts";
import classes from "./Agreements.module.css";

const COMPARED = 500;
const AGREEMENT = graphql(`
  query ReviewAgreement($where: TraceWhere, $withSteps: Boolean!) {
    compared: traces(where: $where, orderBy: [{ field: CREATED_AT, direction: DESC }], first: 500) {
      edges {
        node {
          id
          latestScores {
            id
            scorer
            score
          }
          steps @include(if: $withSteps) {
            index
            scores {
              id
              scorer
              score
            }
          }
        }
      }
    }
  }
`);

type Node = ReviewAgreementQuery["compared"]["edges"][number]["node"];

interface Props {
  /** The filter of the reviewed traces. */
  where: TraceWhere;
  rubric: Rubric;
  reviewer: string;
}

/** The agreement of the reviewer's scores with those that others gave to the same traces. */
export function Agreements({ where, rubric, reviewer }: Props): ReactElement | null {
  const withSteps = rubric.criteria.some(({ perStep }) => perStep);
  const { data, error, refetch } = useQuery(AGREEMENT, { variables: { where, withSteps }, fetchPolicy: "no-cache" });
  if (error) {
    return <ErrorNotice title="The agreement could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />;
  }
  if (data === undefined) {
    return null;
  }
  const nodes = data.compared.edges.map(({ node }) => node);
  const rows = rubric.criteria.flatMap((criterion) => rowsOf(criterion, reviewer, nodes));
  return (
    <section className={classes.section} aria-label="Agreement">
      <Title order={2} size="h5">
        Agreement with other scores
      </Title>
      {rows.length === 0 ? (
        <Text c="dimmed">No other scorer has scored these traces on the same scale.</Text>
      ) : (
        <AgreementTable rows={rows} where={where} reviewer={reviewer} />
      )}
      {nodes.length === COMPARED && <Text c="dimmed">Of the newest {COMPARED} reviewed traces.</Text>}
    </section>
  );
}

interface Row {
  criterion: Criterion;
  other: string;
  agreement: Agreement;
}

function rowsOf(criterion: Criterion, reviewer: string, nodes: readonly Node[]): Row[] {
  const scored = criterion.perStep
    ? nodes.flatMap(({ steps }) => (steps ?? []).map(({ scores }) => scores))
    : nodes.map(({ latestScores }) => latestScores);
  return [...pairsByScorer(scored, scorerOf(criterion, reviewer))]
    .filter(([, pairs]) => isComparable(pairs, criterion.scale))
    .map(([other, pairs]) => ({ criterion, other, agreement: agreementOf(pairs) }));
}

function AgreementTable({ rows, where, reviewer }: Pick<Props, "where" | "reviewer"> & { rows: readonly Row[] }): ReactElement {
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">Criterion</th>
          <th scope="col">Other scorer</th>
          <th scope="col">Both scored</th>
          <th scope="col">Equal</th>
          <th scope="col">Cohen's kappa</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ criterion, other, agreement: { count, equal, kappa } }) => (
          <tr key={`${criterion.scorer} ${criterion.perStep} ${other}`}>
            <td>{criterion.label}</td>
            <td>{criterion.perStep ? other : <Link to={agreementAddress({ a: scorerOf(criterion, reviewer), b: other }, where)}>{other}</Link>}</td>
            <td>{count}</td>
            <td>{percent(equal)}</td>
            <td>{kappa === null || criterion.scale.choices.length === 0 ? "–" : kappa.toFixed(2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
