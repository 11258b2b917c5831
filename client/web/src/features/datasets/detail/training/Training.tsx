import { useMutation } from "@apollo/client/react";
import { Button, Group, Stack } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { GenerateManifestInput } from "../../../../gql/graphql.ts";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../../shared/feedback/errors.ts";
import { fieldErrors } from "../../../../shared/feedback/fieldErrors.ts";
import { Section } from "../../../../shared/section/Section.tsx";
import { Manifest } from "./Manifest.tsx";
import { FIELDS, FIRST_FORM, isComplete, type ManifestForm, ManifestFields } from "./ManifestFields.tsx";
import { WaitingExport } from "./WaitingExport.tsx";

const GENERATE = graphql(`
  mutation GenerateManifest($input: GenerateManifestInput!) {
    generateManifest(input: $input) {
      manifest {
        yaml
        path
        outputDir
      }
      export {
        id
        ...WaitingExport
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** The inputs that training with Tunix needs of a dataset: its file, and the manifest that names it. */
export function Training({ datasetKey }: { datasetKey: string }): ReactElement {
  const [form, setForm] = useState(FIRST_FORM);
  const [generate, { data, error, loading }] = useMutation(GENERATE);
  const payload = data?.generateManifest;
  const refused = fieldErrors(payload?.errors ?? [], FIELDS);
  const errors = error ? shownErrors(error) : shownUserErrors(refused.rest);
  const submit = (): void => void generate({ variables: { input: inputOf(form, datasetKey) } }).catch(() => {});
  return (
    <Section title="Tunix" about={`The training file of ${datasetKey}, and a manifest for the trainer, to train elsewhere.`}>
      <Stack gap="md">
        <ManifestFields value={form} onChange={setForm} errors={refused.fields} />
        <Group gap="xs">
          <Button loading={loading} disabled={!isComplete(form)} onClick={submit}>
            Generate manifest
          </Button>
          <Button component="a" variant="default" href={fileAddress(datasetKey)} download={`${datasetKey}.jsonl`}>
            Export JSONL
          </Button>
        </Group>
        {errors.length > 0 && <ErrorNotice title="The manifest was not generated" errors={errors} onRetry={submit} isByHand />}
        {payload?.export && !payload.manifest && <WaitingExport key={payload.export.id} from={payload.export} onReady={submit} />}
        {payload?.manifest && <Manifest manifest={payload.manifest} name={`${datasetKey}.yaml`} />}
      </Stack>
    </Section>
  );
}

function fileAddress(datasetKey: string): string {
  return `/v1/datasets/${encodeURIComponent(datasetKey)}/export.jsonl?format=tunix_sft`;
}

function inputOf(form: ManifestForm, datasetId: string): GenerateManifestInput {
  const outputName = form.outputName.trim();
  return {
    datasetId,
    modelId: form.modelId.trim(),
    method: form.method,
    learningRate: Number(form.learningRate),
    numEpochs: Number(form.numEpochs),
    batchSize: Number(form.batchSize),
    maxSeqLength: Number(form.maxSeqLength),
    ...(outputName !== "" && { outputName }),
  };
}
