import { useApolloClient } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { IconFileZip } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import { fetchFile } from "./fetchFile.ts";

const MODEL_ARCHIVE = graphql(`
  query ModelArchive($id: ID!) {
    run(id: $id) {
      id
      modelArchiveUrl
    }
  }
`);

/** Downloads the files of a run's model in one archive. */
export function ModelArchiveButton({ runId, fileName }: { runId: string; fileName: string }): ReactElement {
  const client = useApolloClient();
  const fresh = async (): Promise<string | null | undefined> => {
    const { data } = await client.query({ query: MODEL_ARCHIVE, variables: { id: runId }, fetchPolicy: "network-only" });
    return data?.run?.modelArchiveUrl;
  };
  return (
    <Button variant="default" mb="xs" leftSection={<IconFileZip size={16} stroke={1.6} aria-hidden />} onClick={() => void fetchFile(fileName, fresh)}>
      Download the model (ZIP)
    </Button>
  );
}
