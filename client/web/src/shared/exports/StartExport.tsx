import { useMutation } from "@apollo/client/react";
import { Button, Group, Stack } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { graphql } from "../../gql/gql.ts";
import type { StartExportInput } from "../../gql/graphql.ts";
import { ErrorNotice } from "../feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../feedback/fieldErrors.ts";
import { useIdempotencyKey } from "../useIdempotencyKey.ts";
import { type ExportChoice, FIRST_CHOICE, SHOWN } from "./choices.ts";
import { ExportFields } from "./ExportFields.tsx";
import { choiceErrors, exportInput } from "./options.ts";

const START = graphql(`
  mutation StartExport($input: StartExportInput!) {
    startExport(input: $input) {
      export {
        id
        ...ExportRow
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

interface Props {
  /** The source of the export. */
  source: Pick<StartExportInput, "datasetId" | "traceIds" | "where" | "orderBy">;
  onStarted: (id: string) => void;
}

/** The form that starts an export in any format and container. */
export function StartExport({ source, onStarted }: Props): ReactElement {
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const [start, { loading, error }] = useMutation(START);
  const [refused, setRefused] = useState(NO_ERRORS);
  const { keyOf, forget } = useIdempotencyKey();
  const [isChecked, setChecked] = useState(false);
  const wrong = choiceErrors(choice);
  const change = (next: ExportChoice): void => {
    setChoice(next);
    setChecked(isChecked && next.format === choice.format);
    setRefused(NO_ERRORS);
  };
  const submit = async (): Promise<void> => {
    setChecked(true);
    if (Object.keys(wrong).length > 0) {
      return;
    }
    const input = { ...source, ...exportInput(choice) };
    const { data } = await start({ variables: { input: { ...input, idempotencyKey: keyOf(input) } } });
    const payload = data?.startExport;
    setRefused(fieldErrors(payload?.errors ?? [], SHOWN));
    if (payload?.export) {
      forget();
      setChecked(false);
      onStarted(payload.export.id);
    }
  };
  const rest = error ? shownErrors(error) : shownUserErrors(refused.rest);
  return (
    <Stack gap="sm">
      <ExportFields value={choice} onChange={change} errors={{ ...refused.fields, ...(isChecked ? wrong : {}) }} />
      {rest.length > 0 && <ErrorNotice title="The export was not started" errors={rest} />}
      <Group>
        <Button loading={loading} onClick={() => void submit().catch(() => {})}>
          Export
        </Button>
      </Group>
    </Stack>
  );
}
