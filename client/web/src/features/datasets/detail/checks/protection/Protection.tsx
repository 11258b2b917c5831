import { useMutation, useQuery } from "@apollo/client/react";
import { Button, Group, TextInput } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import { graphql } from "../../../../../gql/gql.ts";
import { ErrorNotice } from "../../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../../../shared/feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../../../../../shared/feedback/fieldErrors.ts";
import { ProtectedSets } from "./ProtectedSets.tsx";

const PROTECTED_SETS = graphql(`
  query ProtectedSets {
    protectedSets(first: 500) {
      edges {
        node {
          id
          name
          promptCount
          createdAt
        }
      }
      totalCount
    }
  }
`);

const PROTECT = graphql(`
  mutation Protect($input: CreateProtectedSetInput!) {
    createProtectedSet(input: $input) {
      protectedSet {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** The sets of protected prompts, and the form that adds the prompts of a dataset to them. */
export function Protection({ id, datasetKey }: { id: string; datasetKey: string }): ReactElement {
  const { data, error, refetch } = useQuery(PROTECTED_SETS, { fetchPolicy: "cache-and-network" });
  const [protect, mutation] = useMutation(PROTECT);
  const [name, setName] = useState(datasetKey);
  const [refused, setRefused] = useState(NO_ERRORS);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await protect({ variables: { input: { name: name.trim(), datasetId: id } } });
    const errors = answer.data?.createProtectedSet.errors ?? [];
    setRefused(fieldErrors(errors, ["name"]));
    if (errors.length === 0) {
      await refetch();
    }
  };
  const failures = mutation.error ? shownErrors(mutation.error) : shownUserErrors(refused.rest);
  return (
    <>
      {/* What it failed with is shown. */}
      <form aria-label="Protect the prompts" onSubmit={(event) => void submit(event).catch(() => {})}>
        <Group align="start" gap="sm">
          <TextInput label="Name of the set" value={name} onChange={({ currentTarget }) => setName(currentTarget.value)} error={refused.fields["name"]} maxLength={200} w={260} />
          <Button type="submit" mt={20} variant="default" loading={mutation.loading} disabled={name.trim() === ""}>
            Protect the prompts
          </Button>
        </Group>
      </form>
      {failures.length > 0 && <ErrorNotice title="The prompts were not protected" errors={failures} />}
      {error && <ErrorNotice title="The protected sets could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
      <div tabIndex={-1} data-focus-home>
        {data && data.protectedSets.edges.length > 0 && <ProtectedSets sets={data.protectedSets} onDeleted={() => void refetch().catch(() => {})} />}
      </div>
    </>
  );
}
