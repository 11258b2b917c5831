import { useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactElement } from "react";
import { graphql } from "../../../gql/gql.ts";
import { Confirm } from "../../../shared/feedback/Confirm.tsx";
import { settle } from "../../../shared/feedback/settle.ts";

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
  const [isOpen, question] = useDisclosure(false);
  const [remove, { loading }] = useMutation(DELETE_RUBRIC, { variables: { input: { id: name } } });
  const confirm = async (): Promise<void> => {
    const payload = await settle("The rubric was not deleted", remove(), (data) => data.deleteRubric);
    question.close();
    if (payload !== undefined) {
      onDeleted();
    }
  };
  return (
    <>
      <Button variant="default" onClick={question.open}>
        Delete rubric…
      </Button>
      <Confirm title={`Delete ${name}?`} action="Delete the rubric" isOpen={isOpen} isBusy={loading} onClose={question.close} onConfirm={() => void confirm()}>
        Nobody can review by it any more. The scores that were given by it are kept.
      </Confirm>
    </>
  );
}
