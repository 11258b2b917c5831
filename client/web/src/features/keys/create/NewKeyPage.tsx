import { useQuery } from "@apollo/client/react";
import { Button, Group, Stack, Text } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { nameOf, useViewer } from "../../../shared/session/viewer.ts";
import { Secret } from "../secret/Secret.tsx";
import { KeyForm } from "./KeyForm.tsx";
import type { Created } from "./useCreating.ts";

const KEY_COUNT = graphql(`
  query KeyCount {
    keys(first: 1) {
      totalCount
    }
  }
`);

/** The page that creates an API key, and then shows its secret. */
export function Component(): ReactElement {
  const { data, error, refetch } = useQuery(KEY_COUNT, { fetchPolicy: "network-only", nextFetchPolicy: "cache-first" });
  const viewer = useViewer();
  const [created, setCreated] = useState<Created>();
  usePageQuery(KEY_COUNT);
  if (created !== undefined) {
    return <Done created={created} onAnother={() => setCreated(undefined)} />;
  }
  return (
    <>
      <PageHeader title="New key" />
      {error && <ErrorNotice title="Keys cannot be created" errors={shownErrors(error)} onRetry={() => void refetch()} isInset />}
      {!error && (data === undefined || viewer === undefined) && <RowSkeletons />}
      {data !== undefined && viewer !== undefined && (
        <KeyForm isFirst={data.keys.totalCount === 0 && nameOf(viewer) === null} onCreated={setCreated} />
      )}
    </>
  );
}

function Done({ created, onAnother }: { created: Created; onAnother: () => void }): ReactElement {
  const { key, secret, refusal, isSignedIn } = created;
  return (
    <>
      <PageHeader title={`The key ${key.name}`} />
      <Stack gap="md" px="md" maw={720}>
        <Secret secret={secret} refusal={refusal} />
        {isSignedIn && <Text size="sm">From now on every request needs a key. This browser is signed in with this one.</Text>}
        <Group gap="xs">
          <Button component={Link} to={`/keys/${key.uuid}`} variant="default">
            Show the key
          </Button>
          <Button component={Link} to="/keys" variant="default">
            Show all keys
          </Button>
          <Button variant="default" onClick={onAnother}>
            Create another key
          </Button>
        </Group>
      </Stack>
    </>
  );
}
