import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Button, Text } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetSourcesFragment } from "../../../../gql/graphql.ts";
import { precisePercent, whole } from "../../../../shared/format/numbers.ts";
import { Section } from "../../../../shared/section/Section.tsx";
import classes from "./Overview.module.css";

const SOURCES = graphql(`
  fragment DatasetSources on Dataset {
    id
    stats {
      traceCount
      sourceCount
      sources {
        source
        count
      }
    }
  }
`);

const FIRST = 8;

/** The number of members of each source, as bars, the most frequent first. */
export function Sources({ from }: { from: FragmentType<DatasetSourcesFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: SOURCES, from });
  const [areAll, setAll] = useState(false);
  if (!complete || data.stats === null) {
    return null;
  }
  const { sources, traceCount, sourceCount } = data.stats;
  const shown = areAll ? sources : sources.slice(0, FIRST);
  return (
    <Section title="Sources">
      <ul className={classes.bars} aria-label="Members by source">
        {shown.map(({ source, count }) => (
          <li key={source ?? ""}>
            <span className={classes.label} title={source ?? undefined}>
              {source ?? <i>none</i>}
            </span>
            <span className={classes.track} aria-hidden>
              <span className={classes.fill} style={{ width: `${(100 * count) / traceCount}%` }} />
            </span>
            <span className={classes.number}>
              {whole(count)} · {precisePercent(count / traceCount)}
            </span>
          </li>
        ))}
      </ul>
      {!areAll && sources.length > FIRST && (
        <Button variant="subtle" color="gray" mt={8} onClick={() => setAll(true)}>
          Show {sources.length - FIRST} more
        </Button>
      )}
      {areAll && sourceCount > sources.length && (
        <Text size="xs" c="dimmed" mt={8}>
          {whole(sourceCount - sources.length)} sources with fewer members are not listed.
        </Text>
      )}
    </Section>
  );
}
