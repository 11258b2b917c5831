import { VisuallyHidden } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { decimalsFor, short } from "../format/numbers.ts";
import { axisOf, type Bracket, bracketsOf, type Estimate } from "./brackets.ts";
import classes from "./Intervals.module.css";

interface Props<Row extends Estimate> {
  label: string;
  /** The rows, the highest mean first. */
  rows: readonly Row[];
  /** The rows that do not differ significantly, by their UUIDs. */
  groups: readonly (readonly string[])[];
  name: (row: Row) => ReactNode;
  /** Further columns, between name and mean. */
  columns?: readonly { header: string; cell: (row: Row) => ReactNode }[];
}

const NONE: NonNullable<Props<Estimate>["columns"]> = [];

/** Means with their intervals, drawn on one axis; brackets group rows that do not differ significantly. */
export function IntervalTable<Row extends Estimate>({ label, rows, groups, name, columns = NONE }: Props<Row>): ReactElement {
  const axis = axisOf(rows);
  const brackets = bracketsOf(rows, groups);
  const decimals = decimalsFor(rows.flatMap(({ mean, low, high }) => [mean ?? 0, low ?? 0, high ?? 0]));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a narrow screen scrolls it by keys
    <div className={classes.scroll} tabIndex={0}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Candidate</th>
            {columns.map(({ header }) => (
              <th key={header} scope="col" className={`${classes.number} ${classes.extra}`}>
                {header}
              </th>
            ))}
            <th scope="col" className={classes.number}>
              Mean (95 % interval)
            </th>
            <th scope="col" aria-label={`Intervals from ${short(axis[0])} to ${short(axis[1])}`}>
              <span className={classes.ends}>
                <span>{short(axis[0])}</span>
                <span>{short(axis[1])}</span>
              </span>
            </th>
            {brackets.length > 0 && <th scope="col">Equal</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={row.uuid}>
              <th scope="row">{name(row)}</th>
              {columns.map(({ header, cell }) => (
                <td key={header} className={`${classes.number} ${classes.extra}`}>
                  {cell(row)}
                </td>
              ))}
              <td className={classes.number}>{meanText(row, decimals)}</td>
              <td className={classes.plot}>
                <Interval row={row} axis={axis} />
              </td>
              {brackets.length > 0 && (
                <td>
                  <Brackets brackets={brackets} place={place} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function meanText({ mean, low, high }: Estimate, decimals: number): string {
  if (mean === null) {
    return "no scores";
  }
  const text = (value: number): string => value.toFixed(decimals).replace("-", "−");
  return low === null || high === null ? text(mean) : `${text(mean)} (${text(low)} – ${text(high)})`;
}

function Interval({ row: { mean, low, high }, axis: [from, to] }: { row: Estimate; axis: [number, number] }): ReactElement {
  const at = (value: number): number => (100 * (value - from)) / Math.max(to - from, Number.EPSILON);
  return (
    <span className={classes.track} aria-hidden>
      {low !== null && high !== null && <span className={classes.range} style={{ left: `${at(low)}%`, width: `${at(high) - at(low)}%` }} />}
      {mean !== null && <span className={classes.mean} style={{ left: `${at(mean)}%` }} />}
    </span>
  );
}

/** The parts of all brackets beside one row. */
function Brackets({ brackets, place }: { brackets: readonly Bracket[]; place: number }): ReactElement {
  const member = brackets.flatMap(({ members }, index) => (members.includes(place) ? [index + 1] : []));
  const label = member.length === 0 ? "differs from all" : `group ${member.join(" and ")}`;
  return (
    <span className={classes.brackets} title={label}>
      <VisuallyHidden>{label}</VisuallyHidden>
      {brackets.map(({ from, to, members }, index) => (
        <span
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          className={classes.bracket}
          data-part={partOf(place, from, to)}
          data-member={members.includes(place)}
        />
      ))}
    </span>
  );
}

function partOf(place: number, from: number, to: number): string | undefined {
  if (place < from || place > to) {
    return undefined;
  }
  return place === from ? "top" : place === to ? "bottom" : "middle";
}
