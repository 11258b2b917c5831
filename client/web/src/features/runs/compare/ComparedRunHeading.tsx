import { ActionIcon, Group, Text, useComputedColorScheme } from "@mantine/core";
import { IconArrowLeft, IconArrowRight, IconX } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { ComparedRunFragment } from "../../../gql/graphql.ts";
import { LineSwatch } from "../../../shared/chart/plot/LineSwatch.tsx";
import { StatusBadge } from "../../../shared/format/StatusBadge.tsx";
import { runName } from "../../../shared/runName.ts";
import classes from "./ComparisonTable.module.css";

/** The fields of a compared run that its heading shows. */
export const COMPARED_RUN = graphql(`
  fragment ComparedRun on Run {
    uuid
    outputName
    status
    modelId
    datasetKey
    evalDataset {
      id
      key
    }
  }
`);

interface Props {
  run: ComparedRunFragment;
  /** Its place among the runs, the baseline's is 0. */
  place: number;
  count: number;
  onMove: (to: number) => void;
  onRemove: () => void;
}

/** The heading of a compared run: its line, name and status, and buttons to move it or leave it out. */
export function ComparedRunHeading({ run, place, count, onMove, onRemove }: Props): ReactElement {
  const scheme = useComputedColorScheme("light");
  const name = runName(run);
  return (
    <th scope="col" className={classes.run}>
      <Group gap={8} wrap="nowrap">
        <LineSwatch colour={place} scheme={scheme} />
        <Link to={`/runs/${run.uuid}`} className={classes.name} title={name}>
          {name}
        </Link>
        <Group gap={0} wrap="nowrap" ml="auto" className={classes.tools}>
          <ActionIcon size={24} disabled={place === 0} aria-label={`Move ${name} to the left`} onClick={() => onMove(place - 1)}>
            <IconArrowLeft size={14} />
          </ActionIcon>
          <ActionIcon size={24} disabled={place === count - 1} aria-label={`Move ${name} to the right`} onClick={() => onMove(place + 1)}>
            <IconArrowRight size={14} />
          </ActionIcon>
          <ActionIcon size={24} aria-label={`Leave ${name} out`} onClick={onRemove}>
            <IconX size={14} />
          </ActionIcon>
        </Group>
      </Group>
      <Group gap={8} wrap="nowrap" h={22}>
        <StatusBadge status={run.status} />
        {place === 0 && (
          <Text span size="xs" fw={600}>
            Baseline
          </Text>
        )}
      </Group>
      <Text size="xs" c="dimmed" fw={400} truncate title={`${run.modelId} on ${run.datasetKey}`}>
        {run.modelId} on {run.datasetKey}
      </Text>
    </th>
  );
}
