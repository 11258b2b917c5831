import { useMutation } from "@apollo/client/react";
import { Button, Group, TextInput } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import { graphql } from "../../gql/gql.ts";
import type { SavedViewPage } from "../../gql/graphql.ts";
import { ErrorNotice } from "../feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../feedback/fieldErrors.ts";

const CREATE_VIEW = graphql(`
  mutation CreateSavedView($input: CreateSavedViewInput!) {
    createSavedView(input: $input) {
      savedView {
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

interface Props {
  page: SavedViewPage;
  /** The query of the page's address. */
  search: string;
  onSaved: () => void;
}

/** The form that keeps the page as it is under a name. */
export function SaveView({ page, search, onSaved }: Props): ReactElement {
  const [create, { loading, error }] = useMutation(CREATE_VIEW);
  const [name, setName] = useState("");
  const [refused, setRefused] = useState(NO_ERRORS);
  const save = async (): Promise<void> => {
    const sent = name.trim();
    const { data } = await create({ variables: { input: { page, name: sent, search } } });
    setRefused(fieldErrors(data?.createSavedView.errors ?? [], ["name"]));
    if (data?.createSavedView.savedView) {
      // A name that was typed in the meantime stays.
      setName((typed) => (typed.trim() === sent ? "" : typed));
      onSaved();
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== "") {
      void save().catch(() => {});
    }
  };
  const rest = error ? shownErrors(error) : shownUserErrors(refused.rest);
  return (
    <form onSubmit={submit}>
      <Group gap={6} wrap="nowrap" align="flex-start">
        <TextInput
          aria-label="Name of the view"
          placeholder="Save this view as…"
          maxLength={120}
          data-autofocus
          style={{ flex: 1 }}
          value={name}
          error={refused.fields["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={loading} disabled={name.trim() === ""}>
          Save
        </Button>
      </Group>
      {rest.length > 0 && <ErrorNotice title="The view was not saved" errors={rest} />}
    </form>
  );
}
