import { Button, Code, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { CopyText } from "../../../../shared/CopyText.tsx";
import { downloadText } from "../../../../shared/download.ts";

interface Props {
  manifest: { yaml: string; path: string; outputDir: string };
  /** Name of the file that it is saved as. */
  name: string;
}

/** A training manifest as YAML, to copy or save. */
export function Manifest({ manifest, name }: Props): ReactElement {
  return (
    <section aria-label="Manifest">
      <Group gap="xs" mb={8}>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <CopyText text={manifest.yaml} label="Copy the manifest" />
        <Button
          variant="default"
          leftSection={<IconDownload size={14} />}
          onClick={() => downloadText(manifest.yaml, name, "application/yaml")}
        >
          Download
        </Button>
      </Group>
      <Code block tabIndex={0} aria-label="Manifest as YAML">
        {manifest.yaml}
      </Code>
    </section>
  );
}
