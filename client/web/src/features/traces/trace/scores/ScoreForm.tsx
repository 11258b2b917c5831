import { Button, Group, NumberInput, Stack, Textarea, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { type ReactElement, type SubmitEvent, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "react-router";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../../shared/feedback/errors.ts";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { markedStep } from "../reading/TraceReading.ts";
import { useCreateScore } from "./useCreateScore.ts";

interface Props {
  traceId: string;
  onClose: () => void;
}

/** Gives a score by hand, to the whole trace or to the step that the address points to. */
export function ScoreForm({ traceId, onClose }: Props): ReactElement {
  const { hash } = useLocation();
  const [scorer, setScorer] = useLocalStorage({ key: "scorer", defaultValue: "me", getInitialValueInEffect: false });
  const [score, setScore] = useState<number | string>("");
  const [stepIndex, setStepIndex] = useState<number | string>(markedStep(hash) ?? "");
  const [rationale, setRationale] = useState("");
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const { create, refused, error, isSaving } = useCreateScore(traceId);
  const others = error ? shownErrors(error) : shownUserErrors(refused.rest);

  const keys = useMemo(() => [{ keys: "Escape", label: "Close the form", run: onClose, inFields: true }], [onClose]);
  useKeys("Trace", keys);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const isStored = await create({ scorer, score: Number(score), stepIndex: numberOrNull(stepIndex), rationale: rationale || null });
    if (isStored) {
      onClose();
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} aria-label="Add a score">
      <Stack gap={8} mb="sm">
        <Group gap={8} grow align="flex-start">
          <NumberInput label="Score" value={score} onChange={setScore} error={refused.fields["score"]} hideControls required ref={first} />
          <NumberInput label="Step" placeholder="whole trace" value={stepIndex} onChange={setStepIndex} error={refused.fields["stepIndex"]} hideControls allowDecimal={false} />
        </Group>
        <TextInput label="Scorer" value={scorer} onChange={(event) => setScorer(event.currentTarget.value)} error={refused.fields["scorer"]} required />
        <Textarea label="Rationale" value={rationale} onChange={(event) => setRationale(event.currentTarget.value)} error={refused.fields["rationale"]} autosize minRows={2} maxRows={8} />
        {others.length > 0 && <ErrorNotice title="The score was not stored" errors={others} />}
        <Group gap={8} justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isSaving} disabled={score === "" || scorer.trim() === ""}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function numberOrNull(value: number | string): number | null {
  return value === "" ? null : Number(value);
}
