import { useQuery } from "@apollo/client/react";
import { Stack } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { Dialog } from "../../../shared/dialog/Dialog.tsx";
import { EXPORT } from "../../../shared/exports/useLiveExport.ts";
import { ExportRow } from "../../../shared/exports/ExportRow.tsx";
import { StartExport } from "../../../shared/exports/StartExport.tsx";
import { countOf, type Target, tracesText } from "./target.ts";

/** Exports the chosen traces in any format, and shows the export's progress and file. */
export function ExportDialog({ target, onClose }: { target: Target; onClose: () => void }): ReactElement {
  const [id, setId] = useState<string | null>(null);
  const source =
    target.kind === "ids" ? { traceIds: [...target.ids] } : { where: target.where, orderBy: [...target.orderBy] };
  return (
    <Dialog onClose={onClose} title={`Export ${tracesText(countOf(target))}`} size="lg">
      <Stack gap="md">
        <StartExport source={source} onStarted={setId} />
        {id !== null && <Started id={id} onGone={() => setId(null)} />}
      </Stack>
    </Dialog>
  );
}

function Started({ id, onGone }: { id: string; onGone: () => void }): ReactElement | null {
  const { data } = useQuery(EXPORT, { variables: { id } });
  return data?.export ? (
    <ul aria-label="Started exports" style={{ listStyle: "none", margin: 0, padding: 0 }}>
      <ExportRow from={data.export} onGone={onGone} />
    </ul>
  ) : null;
}
