import type { FragmentType } from "@apollo/client";
import { useApolloClient, useFragment } from "@apollo/client/react";
import { Group, Progress, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../gql/gql.ts";
import type { ExportRowFragment } from "../../gql/graphql.ts";
import { bytes, numberOf, whole } from "../format/numbers.ts";
import { RelativeTime } from "../format/RelativeTime.tsx";
import { StatusBadge } from "../format/StatusBadge.tsx";
import { isUnfinished } from "../live/usePollingWhile.ts";
import { containerLabel, formatLabel } from "./choices.ts";
import { ExportActions } from "./ExportActions.tsx";
import classes from "./ExportRow.module.css";
import { useLiveExport } from "./useLiveExport.ts";

export const EXPORT_ROW = graphql(`
  fragment ExportRow on Export {
    id
    status
    progress
    createdAt
    format
    container
    rowCount
    missingCount
    byteSize
    fileName
    warnings
    expiresAt
    error {
      code
      message
    }
  }
`);

/** An export with its progress, its file, and what can be done with it. */
export function ExportRow({ from, onGone }: { from: FragmentType<ExportRowFragment>; onGone?: () => void }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: EXPORT_ROW, from });
  const id = complete ? data.id : "";
  const isActive = complete && isUnfinished(data);
  const stream = useLiveExport(id, isActive);
  const client = useApolloClient();
  if (!complete) {
    return null;
  }
  const forget = (): void => {
    client.cache.evict({ id: client.cache.identify(data) ?? "" });
    onGone?.();
  };
  return (
    <li className={classes.row} aria-label={data.fileName}>
      <div className={classes.name}>
        <Text size="sm" fw={500}>
          {formatLabel(data.format)} · {containerLabel(data.container)}
        </Text>
        <Text size="xs" c="dimmed" truncate title={data.fileName}>
          {data.fileName}
        </Text>
      </div>
      <div className={classes.state}>
        <Group gap="sm" wrap="nowrap">
          <StatusBadge status={data.status} />
          <Text size="xs" c="dimmed">
            {stream === "reconnecting" ? "Reconnecting…" : <RelativeTime at={data.createdAt} />}
          </Text>
        </Group>
        {isActive && <Progress size="xs" value={100 * data.progress} aria-label="Progress of the export" />}
        <Outcome row={data} />
      </div>
      <ExportActions id={data.id} status={data.status} fileName={data.fileName} hasFile={data.expiresAt !== null} onGone={forget} />
    </li>
  );
}

function Outcome({ row }: { row: ExportRowFragment }): ReactElement {
  const missing = row.missingCount > 0 ? ` · ${whole(row.missingCount)} deleted since left out` : "";
  return (
    <>
      <Text size="xs" c="dimmed">
        {numberOf(row.rowCount, "record")} · {bytes(row.byteSize)}
        {missing}
      </Text>
      {[...row.warnings, ...(row.error === null ? [] : [`${row.error.code}: ${row.error.message}`])].map((message) => (
        <Text key={message} size="xs" className={classes.message}>
          {message}
        </Text>
      ))}
    </>
  );
}
