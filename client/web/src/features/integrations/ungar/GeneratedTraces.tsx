import type { ReactElement } from "react";
import { Link } from "react-router";
import classes from "../integrations.module.css";
import { episodeOf, type Generated } from "./generate.ts";

/** The traces that were generated, each with its game, result and cards. */
export function GeneratedTraces({ generated }: { generated: Generated }): ReactElement {
  const traces = generated.traces ?? [];
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <caption>
          <output>
            Generated {generated.count} {generated.count === 1 ? "trace" : "traces"}
          </output>
        </caption>
        <thead>
          <tr>
            <th scope="col">Trace</th>
            <th scope="col">Game</th>
            <th scope="col">Result</th>
            <th scope="col">Card</th>
            <th scope="col">Opponent's card</th>
          </tr>
        </thead>
        <tbody>
          {traces.map((trace) => {
            const { game, result, card, opponentCard } = episodeOf(trace.meta);
            return (
              <tr key={trace.id}>
                <td>
                  <Link to={`/traces/${trace.uuid}`}>{trace.uuid}</Link>
                </td>
                <td>{game}</td>
                <td>{result}</td>
                <td>{card}</td>
                <td>{opponentCard}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
