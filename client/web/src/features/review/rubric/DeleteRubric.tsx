import { useMutation } from "@apollo/client/react";
import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import { ConfirmButton } from "../../../shared/dialog/ConfirmButton.tsx";
import type { ShownError } from "../../../shared/feedback/errors.ts";
import { outcomeOf } from "../../../shared/feedback/settle.ts";

const DELETE_RUBRIC = graphql(`
  mutation DeleteRubric($input: DeleteRubricInput!) {
    deleteRubric(input: $input) {
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
  name: string;
  onDeleted: () => void;
}

/** Deletes a rubric for everyone, after a question. */
export function DeleteRubric({ name, onDeleted }: Props): ReactElement {
  const [remove] = useMutation(DELETE_RUBRIC, { variables: { input: { id: name } } });
  const confirm = async (): Promise<readonly ShownError[]> => {
    const { errors } = await outcomeOf(remove(), (data) => data.deleteRubric);
    if (errors.length === 0) {
      onDeleted();
    }
    return errors;
  };
  return (
    <ConfirmButton label="Delete rubric" title={`Delete ${name}?`} action="Delete the rubric" failure="The rubric was not deleted" onConfirm={confirm}>
      Nobody can review by it any more. The scores that were given by it are kept.
    </ConfirmButton>
  );
}
