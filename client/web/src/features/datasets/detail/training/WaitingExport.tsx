import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Text } from "@mantine/core";
import { type ReactElement, useEffect, useRef } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { WaitingExportFragment } from "../../../../gql/graphql.ts";
import { ExportRow } from "../../../../shared/exports/ExportRow.tsx";

const WAITING = graphql(`
  fragment WaitingExport on Export {
    id
    status
    ...ExportRow
  }
`);

interface Props {
  from: FragmentType<WaitingExportFragment>;
  /** Called once when the export is completed. */
  onReady: () => void;
}

/** The export that a manifest waits for. */
export function WaitingExport({ from, onReady }: Props): ReactElement | null {
  const { data, complete } = useFragment({ fragment: WAITING, fragmentName: "WaitingExport", from });
  const isReady = complete && data.status === "COMPLETED";
  const isReported = useRef(false);
  useEffect(() => {
    if (isReady && !isReported.current) {
      isReported.current = true;
      onReady();
    }
  }, [isReady, onReady]);
  if (!complete) {
    return null;
  }
  return (
    <div>
      <Text size="sm" c="dimmed">
        The manifest names the training file, which is being written first.
      </Text>
      <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
        <ExportRow from={data} />
      </ul>
    </div>
  );
}
