import { Fragment, type ReactElement } from "react";
import type { ComparedRunFragment } from "../../../gql/graphql.ts";
import { Decimal } from "../../../shared/format/Decimal.tsx";
import { ComparedRunHeading } from "./ComparedRunHeading.tsx";
import classes from "./ComparisonTable.module.css";
import { type ComparedMetric, type LastValue, lastValues, moveRun, informativeMetrics } from "./comparison.ts";

interface Props {
  runs: readonly ({ id: string; uuid: string } & ComparedRunFragment)[];
  differences: readonly { field: string; values: readonly (string | null)[] }[];
  metrics: readonly ComparedMetric[];
  onChange: (ids: string[]) => void;
}

/** The compared runs as columns: the settings in which they differ, and the last values of their metrics. */
export function ComparisonTable({ runs, differences, metrics, onChange }: Props): ReactElement {
  const ids = runs.map(({ uuid }) => uuid);
  return (
    // A wide table is scrolled by keyboard too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={classes.scroller} aria-label="Compared runs" tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Setting or metric</span>
            </th>
            {runs.map((run, place) => (
              <ComparedRunHeading
                key={run.id}
                run={run}
                place={place}
                count={runs.length}
                onMove={(to) => onChange(moveRun(ids, place, to))}
                onRemove={() => onChange(ids.filter((id) => id !== run.uuid))}
              />
            ))}
          </tr>
        </thead>
        <Rows heading="Differing settings" columns={runs.length} empty="All settings are equal.">
          {differences.map(({ field, values }) => (
            <tr key={field}>
              <th scope="row">
                <Term name={field} />
              </th>
              {runs.map((run, place) => (
                <td key={run.id}>{settingOf(run, field, values[place]) ?? <span className={classes.unset}>not set</span>}</td>
              ))}
            </tr>
          ))}
        </Rows>
        <Rows heading="Last values" columns={runs.length} empty="No run has a metric yet.">
          {informativeMetrics(metrics).map((metric) => (
            <tr key={metric.name}>
              <th scope="row">
                <Term name={metric.name} />
              </th>
              {lastValues(metric).map((last, place) => (
                <td key={runs[place]?.id ?? place}>
                  <Last of={last} />
                </td>
              ))}
            </tr>
          ))}
        </Rows>
      </table>
    </section>
  );
}

/** The name of a setting or metric, which breaks between its parts where it is too long. */
function Term({ name }: { name: string }): ReactElement[] {
  return name.split(/(?<=[/_.])/).map((part, place) => (
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={place}>
      {place > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

/** A run's value of a setting; the evaluation dataset is called by its key. */
function settingOf({ evalDataset }: ComparedRunFragment, field: string, value: string | null | undefined): string | null | undefined {
  return field === "evalDatasetId" ? (evalDataset?.key ?? value) : value;
}

interface RowsProps {
  heading: string;
  columns: number;
  /** The placeholder if there are no rows. */
  empty: string;
  children: readonly ReactElement[];
}

function Rows({ heading, columns, empty, children }: RowsProps): ReactElement {
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={columns + 1} className={classes.group}>
          {heading}
        </th>
      </tr>
      {children.length > 0 ? (
        children
      ) : (
        <tr>
          <td colSpan={columns + 1} className={classes.unset}>
            {empty}
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Last({ of: { value, difference } }: { of: LastValue }): ReactElement {
  return (
    <span className={classes.last}>
      <span className={classes.number}>{value === null ? "–" : <Decimal value={value} />}</span>
      {difference !== null && difference !== 0 && (
        <span className={classes.difference} title="Difference from the baseline">
          {difference > 0 ? "+" : "−"}
          <Decimal value={Math.abs(difference)} />
        </span>
      )}
    </span>
  );
}
