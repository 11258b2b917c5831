import { useMutation } from "@apollo/client/react";
import type { ReactElement } from "react";
import { graphql } from "../../../../../gql/gql.ts";
import type { ProtectedSetsQuery } from "../../../../../gql/graphql.ts";
import { ConfirmButton } from "../../../../../shared/dialog/ConfirmButton.tsx";
import type { ShownError } from "../../../../../shared/feedback/errors.ts";
import { outcomeOf } from "../../../../../shared/feedback/settle.ts";
import { numberOf } from "../../../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../../../shared/format/RelativeTime.tsx";
import classes from "./Protection.module.css";

const DELETE = graphql(`
  mutation DeleteProtectedSet($id: ID!) {
    deleteProtectedSet(input: { id: $id }) {
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
  sets: ProtectedSetsQuery["protectedSets"];
  onDeleted: () => void;
}

/** The sets of protected prompts by name, each with a button that deletes it after a question. */
export function ProtectedSets({ sets: { edges, totalCount }, onDeleted }: Props): ReactElement {
  const [remove] = useMutation(DELETE);
  const forget = async (id: string): Promise<readonly ShownError[]> => {
    const { errors } = await outcomeOf(remove({ variables: { id } }), (data) => data.deleteProtectedSet);
    // One that was deleted in another window is gone, too.
    const isGone = errors.length === 0 || errors.some(({ code }) => code === "NOT_FOUND");
    if (isGone) {
      onDeleted();
    }
    return isGone ? [] : errors;
  };
  return (
    <ul className={classes.sets} aria-label="Protected sets">
      {edges.map(({ node: { id, name, promptCount, createdAt } }) => (
        <li key={id}>
          <bdi className={classes.name} title={name}>
            {name}
          </bdi>
          <span className={classes.number}>{numberOf(promptCount, "prompt")}</span>
          <span className={classes.number}>
            <RelativeTime at={createdAt} />
          </span>
          <ConfirmButton
            label={`Delete the protected set ${name}`}
            isIcon
            title={`Delete the protected set ${name}?`}
            action="Delete the protected set"
            failure="The protected set was not deleted"
            onConfirm={() => forget(id)}
          >
            Training data is not compared with its {numberOf(promptCount, "prompt")} any more. The hashes are deleted permanently; they can only be
            made again from the prompts.
          </ConfirmButton>
        </li>
      ))}
      {totalCount > edges.length && <li className={classes.number}>and {numberOf(totalCount - edges.length, "other set")}</li>}
    </ul>
  );
}
