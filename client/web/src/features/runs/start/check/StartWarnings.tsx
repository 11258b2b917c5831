import { Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { contaminationAddress } from "../../../../shared/contamination/address.ts";
import { type FormValues, textOf } from "../texts.ts";
import { Warnings } from "./Warnings.tsx";

/** The server's warnings about a started dry run, with a link to the prompts that the datasets have in common. */
export function StartWarnings({ lines, values }: { lines: readonly string[]; values: FormValues }): ReactElement {
  const [train, evaluation] = [textOf(values, "datasetId"), textOf(values, "evalDatasetId")];
  return (
    <div style={{ marginBottom: 12 }}>
      <Warnings lines={lines}>
        {evaluation !== "" && (
          <Text size="sm">
            <Link to={contaminationAddress(train, evaluation)}>Compare the prompts of both datasets</Link>
          </Text>
        )}
      </Warnings>
    </div>
  );
}
