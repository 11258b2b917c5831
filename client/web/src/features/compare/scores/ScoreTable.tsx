import { Table } from "@mantine/core";
import type { ReactElement } from "react";
import type { CompareTracesQuery, ComparedTraceFragment } from "../../../gql/graphql.ts";
import { withSign } from "../../../shared/format/numbers.ts";
import classes from "../Compare.module.css";
import { comparedScores } from "./comparedScores.ts";

/** The scorer whose score the comparison computes; a stored one of it may be of an older version. */
const COMPUTED = "baseline";

interface Props {
  comparison: CompareTracesQuery["compareTraces"];
  base: ComparedTraceFragment;
  other: ComparedTraceFragment;
}

/** The scores of two traces with their differences: the one computed for the comparison, and the latest of each scorer. */
export function ScoreTable({ comparison, base, other }: Props): ReactElement {
  const stored = comparedScores(base.latestScores, other.latestScores).filter(({ scorer }) => scorer !== COMPUTED);
  return (
    <div className={classes.scores}>
      <Table verticalSpacing={4} horizontalSpacing="sm" w="auto" aria-label="Scores" className={classes.scoreTable}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Scorer</Table.Th>
            <Table.Th ta="end">Base</Table.Th>
            <Table.Th ta="end">Other</Table.Th>
            <Table.Th ta="end">Difference</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Row scorer={COMPUTED} base={comparison.base.score} other={comparison.other.score} difference={comparison.difference} />
          {stored.map((score) => (
            <Row key={score.scorer} {...score} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps {
  scorer: string;
  base: number | undefined;
  other: number | undefined;
  difference: number | undefined;
}

function Row({ scorer, base, other, difference }: RowProps): ReactElement {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        {scorer}
      </Table.Th>
      {[base, other].map((score, place) => (
        // The two cells never change places.
        // oxlint-disable-next-line react/no-array-index-key
        <Table.Td key={place} ta="end" ff="monospace">
          {score?.toFixed(2) ?? "–"}
        </Table.Td>
      ))}
      <Table.Td ta="end" ff="monospace" fw={600}>
        {difference === undefined ? "" : withSign(difference, 2)}
      </Table.Td>
    </Table.Tr>
  );
}
