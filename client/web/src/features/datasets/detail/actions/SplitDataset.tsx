import { useMutation } from "@apollo/client/react";
import { Button, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import { Dialog } from "../../../../shared/dialog/Dialog.tsx";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../../shared/feedback/errors.ts";
import { fieldErrors } from "../../../../shared/feedback/fieldErrors.ts";
import { numberOf, whole } from "../../../../shared/format/numbers.ts";
import { useIdempotencyKey } from "../../../../shared/useIdempotencyKey.ts";
import { FIRST_PARTS, partFields, partSizes, partsInput, PARTS_MAX } from "./parts.ts";
import { SplitDone } from "./SplitDone.tsx";
import { SplitParts } from "./SplitParts.tsx";

const SPLIT = graphql(`
  mutation SplitDataset($input: SplitDatasetInput!) {
    splitDataset(input: $input) {
      datasets {
        id
        ...SplitDone
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
  id: string;
  datasetKey: string;
  version: string;
  traceCount: number;
  onClose: () => void;
  onDone: () => void;
}

/** The form that splits a dataset into parts, and then the parts. */
export function SplitDataset({ id, datasetKey, version, traceCount, onClose, onDone }: Props): ReactElement {
  const [parts, setParts] = useState(FIRST_PARTS);
  const [seed, setSeed] = useState<number | string>(0);
  const [itsVersion, setVersion] = useState(version);
  const { keyOf } = useIdempotencyKey();
  const [split, { data, error, loading }] = useMutation(SPLIT, {
    update: (cache) => void cache.evict({ id: "ROOT_QUERY", fieldName: "datasets" }),
  });
  const payload = data?.splitDataset;
  const refused = fieldErrors(payload?.errors ?? [], partFields(parts.length));
  const errors = error ? shownErrors(error) : shownUserErrors(refused.rest);
  const { left } = partSizes(parts, traceCount);
  const submit = async (): Promise<void> => {
    const input = { id, parts: partsInput(parts), seed: Number(seed), version: itsVersion.trim() };
    const result = await split({ variables: { input: { ...input, idempotencyKey: keyOf(input) } } });
    if (result.data?.splitDataset.datasets) {
      onDone();
    }
  };
  if (payload?.datasets) {
    return <SplitDone parts={payload.datasets} datasetKey={datasetKey} onClose={onClose} />;
  }
  return (
    <Dialog onClose={onClose} title={`Split ${datasetKey}`} size="lg">
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Traces with the same prompt go into the same part, so parts do not leak into each other. The sizes may differ by a few.
        </Text>
        <SplitParts parts={parts} onChange={setParts} traceCount={traceCount} max={PARTS_MAX} errors={refused.fields} />
        <Text size="sm" c={left < 0 ? "red" : "dimmed"} component="output">
          {left < 0 ? `The parts have ${numberOf(-left, "trace")} too many.` : left === 0 ? "Every trace goes into a part." : `${whole(left)} of ${whole(traceCount)} traces ${left === 1 ? "goes" : "go"} into no part.`}
        </Text>
        <Group gap="sm" align="flex-start" grow>
          <NumberInput label="Seed" value={seed} onChange={setSeed} allowDecimal={false} error={refused.fields["seed"]} />
          <TextInput
            label="Version of the parts"
            value={itsVersion}
            onChange={(event) => setVersion(event.currentTarget.value)}
            error={refused.fields["version"]}
          />
        </Group>
        {errors.length > 0 && <ErrorNotice title="The dataset was not split" errors={errors} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={loading} disabled={left < 0} onClick={() => void submit().catch(() => {})}>
            Split
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
