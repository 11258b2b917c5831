import { useMutation, useQuery } from "@apollo/client/react";
import { Stack, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link, useLocation } from "react-router";
import { graphql } from "../../gql/gql.ts";
import type { SavedViewPage } from "../../gql/graphql.ts";
import { ConfirmButton } from "../dialog/ConfirmButton.tsx";
import { ErrorNotice } from "../feedback/ErrorNotice.tsx";
import { type ShownError, shownErrors } from "../feedback/errors.ts";
import { outcomeOf } from "../feedback/settle.ts";
import { SaveView } from "./SaveView.tsx";
import classes from "./views.module.css";

const VIEWS = graphql(`
  query SavedViews($where: SavedViewWhere) {
    savedViews(where: $where, first: 500) {
      edges {
        node {
          id
          name
          search
        }
      }
    }
  }
`);

const DELETE_VIEW = graphql(`
  mutation DeleteSavedView($input: DeleteSavedViewInput!) {
    deleteSavedView(input: $input) {
      deletedUuid
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
  onClose: () => void;
  /** Called when a question is asked about a view, and when it is answered. */
  onAsk: (isAsking: boolean) => void;
}

/** The views of a page by name, and the form that saves another. */
export function ViewList({ page, onClose, onAsk }: Props): ReactElement {
  const { pathname, search } = useLocation();
  const { data, error, refetch } = useQuery(VIEWS, {
    variables: { where: { page: { eq: page } } },
    fetchPolicy: "cache-and-network",
  });
  const [remove] = useMutation(DELETE_VIEW);
  const views = (data?.savedViews.edges ?? []).map(({ node }) => node).toSorted((a, b) => a.name.localeCompare(b.name));
  const reload = (): void => void refetch().catch(() => {});
  const forget = async (id: string): Promise<readonly ShownError[]> => {
    const { errors } = await outcomeOf(remove({ variables: { input: { id } } }), (result) => result.deleteSavedView);
    reload();
    return errors;
  };
  return (
    <Stack gap="sm" tabIndex={-1} data-focus-home>
      {error && <ErrorNotice title="The views could not be loaded" errors={shownErrors(error)} onRetry={reload} />}
      {views.length > 0 && (
        <ul className={classes.list} aria-label="Saved views">
          {views.map((view) => (
            <li key={view.id} className={classes.view}>
              <Link
                to={{ pathname, search: view.search }}
                className={classes.name}
                aria-current={view.search === search ? "true" : undefined}
                onClick={onClose}
              >
                {view.name}
              </Link>
              <ConfirmButton
                label={`Delete the view ${view.name}`}
                isIcon
                title={`Delete the view ${view.name}?`}
                action="Delete the view"
                failure="The view was not deleted"
                onConfirm={() => forget(view.id)}
                onAsk={onAsk}
              >
                It is deleted for everyone. What it shows is kept.
              </ConfirmButton>
            </li>
          ))}
        </ul>
      )}
      {data && views.length === 0 && (
        <Text size="sm" c="dimmed">
          No views are saved yet. A view keeps the filter, the order and the columns.
        </Text>
      )}
      <SaveView page={page} search={search} onSaved={reload} />
    </Stack>
  );
}
