import { useMutation } from "@apollo/client/react";
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import { Dialog } from "../../../shared/dialog/Dialog.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../../../shared/feedback/fieldErrors.ts";
import { useIdempotencyKey } from "../../../shared/useIdempotencyKey.ts";
import { CriterionFields } from "./CriterionFields.tsx";
import { type CriterionDraft, criterionInput, NEW_CRITERION, wrongChoices } from "./draft.ts";
import { DEFAULT_RUBRIC } from "./rubric.ts";

const CREATE_RUBRIC = graphql(`
  mutation CreateRubric($input: CreateRubricInput!) {
    createRubric(input: $input) {
      rubric {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const CRITERIA_MAX = 20;

interface Props {
  onClose: () => void;
  /** Called with the name of the new rubric. */
  onCreated: (name: string) => void;
}

/** The form of a new rubric, which the server keeps for everyone. */
export function NewRubric({ onClose, onCreated }: Props): ReactElement {
  const [name, setName] = useState("");
  const [criteria, setCriteria] = useState<readonly CriterionDraft[]>([NEW_CRITERION]);
  const { keyOf } = useIdempotencyKey();
  const [create, { loading, error, data }] = useMutation(CREATE_RUBRIC, { onError: () => {} });
  const shown = ["name", ...criteria.flatMap((_, index) => ["label", "scorer", "scale"].map((field) => `criteria.${index}.${field}`))];
  const refused = data === undefined || data === null ? NO_ERRORS : fieldErrors(data.createRubric.errors, shown);
  const change = (index: number, next: CriterionDraft): void => setCriteria(criteria.with(index, next));

  const isBuiltIn = name.trim() === DEFAULT_RUBRIC.name;
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBuiltIn || criteria.some(({ choices }) => wrongChoices(choices) !== undefined)) {
      return;
    }
    const input = { name, criteria: criteria.map(criterionInput) };
    const answer = await create({ variables: { input: { ...input, idempotencyKey: keyOf(input) } } });
    const rubric = answer.data?.createRubric.rubric;
    if (rubric != null) {
      onCreated(rubric.name);
    }
  };
  const problems = error === undefined ? shownUserErrors(refused.rest) : shownErrors(error);
  return (
    <Dialog onClose={onClose} title="New rubric" size="lg">
      <form onSubmit={(event) => void send(event)} noValidate>
        <Stack gap="sm">
          <TextInput
            data-autofocus
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={isBuiltIn ? "must not be that of the built-in rubric" : refused.fields["name"]}
          />
          {criteria.map((criterion, index) => (
            <CriterionFields
              // oxlint-disable-next-line react/no-array-index-key
              key={index}
              number={index + 1}
              criterion={criterion}
              onChange={(next) => change(index, next)}
              onRemove={criteria.length > 1 ? () => setCriteria(criteria.filter((_, at) => at !== index)) : undefined}
              errors={{
                label: refused.fields[`criteria.${index}.label`],
                scorer: refused.fields[`criteria.${index}.scorer`],
                scale: refused.fields[`criteria.${index}.scale`],
              }}
            />
          ))}
          {problems.length > 0 && <ErrorNotice title="The rubric could not be stored" errors={problems} />}
          <Group justify="space-between">
            <Button variant="default" disabled={criteria.length >= CRITERIA_MAX} onClick={() => setCriteria([...criteria, NEW_CRITERION])}>
              Add a criterion
            </Button>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={loading}>
                Store the rubric
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
