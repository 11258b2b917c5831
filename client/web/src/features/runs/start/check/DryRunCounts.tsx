import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { whole } from "../../../../shared/format/numbers.ts";
import type { CountRow } from "./report.ts";
import classes from "../StartForm.module.css";

interface Props {
  rows: readonly CountRow[];
  /** Whether there is an evaluation dataset. */
  isEvaluated: boolean;
}

/** The counts of a dry run as a table. */
export function DryRunCounts({ rows, isEvaluated }: Props): ReactElement {
  const isCounted = rows.some(({ label }) => label === "Tokens");
  return (
    <div>
      <table className={classes.counts}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Count</span>
            </th>
            <th scope="col">Training</th>
            {isEvaluated && <th scope="col">Evaluation</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label}>
              <th scope="row">{row.label}</th>
              <td>{countText(row.train)}</td>
              {isEvaluated && <td>{countText(row.eval)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {!isCounted && (
        <Text size="xs" c="dimmed" mt={8}>
          Tokens were not counted: the model's tokenizer is not on this machine. The number of steps is an upper bound.
        </Text>
      )}
    </div>
  );
}

function countText(value: number | null): string {
  return value === null ? "–" : whole(value);
}
