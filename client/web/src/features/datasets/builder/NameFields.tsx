import { Stack, TextInput } from "@mantine/core";
import type { ReactElement } from "react";
import { DatasetSelect } from "../../../shared/datasets/DatasetSelect.tsx";
import classes from "./Builder.module.css";

/** The fields for a dataset's name, version and provenance. */
export interface NameForm {
  name: string;
  version: string;
  /** The key of the parent; empty if there is none. */
  parent: string;
  sessionId: string;
  trainingRunId: string;
}

interface Props {
  value: NameForm;
  onChange: (value: NameForm) => void;
  errors: Readonly<Record<string, string>>;
}

/** The fields of a dataset's name, version and origin. */
export function NameFields({ value, onChange, errors }: Props): ReactElement {
  const change = (part: Partial<NameForm>): void => onChange({ ...value, ...part });
  return (
    <Stack gap="sm">
      <TextInput
        label="Name"
        required
        data-autofocus
        value={value.name}
        error={errors["name"]}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        label="Version"
        required
        value={value.version}
        error={errors["version"]}
        onChange={(event) => change({ version: event.currentTarget.value })}
      />
      <details>
        <summary className={classes.more}>Parent, session and training run</summary>
        <Stack gap="sm" pt="sm">
          <DatasetSelect
            label="Parent"
            description="The dataset that this one is derived from."
            value={value.parent}
            error={errors["parentDatasetId"]}
            onChange={(parent) => change({ parent })}
          />
          <TextInput
            label="Session"
            description="An identifier of yours, to group datasets by."
            value={value.sessionId}
            error={errors["sessionId"]}
            onChange={(event) => change({ sessionId: event.currentTarget.value })}
          />
          <TextInput
            label="Training run"
            description="Identifier of the run whose model generated the traces."
            value={value.trainingRunId}
            error={errors["trainingRunId"]}
            onChange={(event) => change({ trainingRunId: event.currentTarget.value })}
          />
        </Stack>
      </details>
    </Stack>
  );
}

/** Returns the key that the server makes of a name and a version. */
export function keyOf(name: string, version: string): string {
  return `${name.trim()}-${version.trim()}`.replaceAll(/[ /]/g, "_");
}
