import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetScoreRangesFragment } from "../../../../gql/graphql.ts";
import { short, whole } from "../../../../shared/format/numbers.ts";
import { Section } from "../../../../shared/section/Section.tsx";
import classes from "./Overview.module.css";

const RANGES = graphql(`
  fragment DatasetScoreRanges on Dataset {
    id
    stats {
      scores {
        scorer
        count
        mean
        low
        high
      }
    }
  }
`);

/** The lowest, mean and highest score of the members by each scorer. */
export function ScoreRanges({ from }: { from: FragmentType<DatasetScoreRangesFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RANGES, from });
  if (!complete || data.stats === null) {
    return null;
  }
  const { scores } = data.stats;
  return (
    <Section title="Scores" about="The latest score of each member by each scorer, when the dataset was built.">
      {scores.length === 0 && (
        <Text size="sm" c="dimmed">
          No member had a score.
        </Text>
      )}
      <ul className={`${classes.bars} ${classes.ranges}`} aria-label="Scores by scorer">
        {scores.map(({ scorer, count, mean, low, high }) => (
          <li key={scorer}>
            <span className={classes.label} title={scorer}>
              {scorer}
            </span>
            <span className={classes.track} aria-hidden>
              <span className={classes.mean} style={{ left: `${high > low ? (100 * (mean - low)) / (high - low) : 50}%` }} />
            </span>
            <span className={classes.number}>
              {low === high ? short(low) : `${short(low)} to ${short(high)}, mean ${short(mean)}`} · {whole(count)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
