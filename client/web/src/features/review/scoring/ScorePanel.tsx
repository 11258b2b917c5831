import { Button, Kbd, NumberInput, Text, Textarea, Title } from "@mantine/core";
import { type KeyboardEvent, type ReactElement, type RefObject, useEffect, useRef, useState } from "react";
import { parseNumber } from "../../../shared/format/numbers.ts";
import type { Answer, Answers } from "../queue/sitting.ts";
import type { Item } from "../rubric/rubric.ts";
import { answerText } from "./answerText.ts";
import classes from "./ScorePanel.module.css";

interface Props {
  /** The id of the trace that is scored. */
  trace: string;
  items: readonly Item[];
  answers: Answers;
  current: Item;
  comment: string;
  onComment: (comment: string) => void;
  commentField: RefObject<HTMLTextAreaElement | null>;
  onAnswer: (value: number) => void;
  onChoose: (item: Item) => void;
  onSkip: () => void;
  onUndo: () => void;
  canUndo: boolean;
}

/** The question, the scores to choose from with their keys, and a comment. */
export function ScorePanel(props: Props): ReactElement {
  const { trace, items, answers, current, comment, onComment, commentField, onAnswer, onSkip, onUndo, canUndo } = props;
  const { criterion, stepIndex } = current;
  const given = answers[current.key];
  return (
    <section className={classes.panel} aria-label="Score">
      <Title order={2} size="h5">
        {criterion.label}
      </Title>
      <Text size="xs" c="dimmed" mb={8}>
        {stepIndex === null ? "The whole trace" : `Step ${stepIndex}`}
        {items.length > 1 && ` · ${items.indexOf(current) + 1} of ${items.length}`}
      </Text>
      {criterion.scale.choices.length > 0 ? (
        <Choices item={current} given={given} onAnswer={onAnswer} />
      ) : (
        <NumberField key={`${trace} ${current.key}`} item={current} given={given} onAnswer={onAnswer} />
      )}
      <Textarea
        ref={commentField}
        label={
          <>
            Comment <Kbd size="xs">c</Kbd>
          </>
        }
        mt="sm"
        autosize
        minRows={2}
        maxRows={8}
        value={comment}
        onChange={(event) => onComment(event.currentTarget.value)}
        onKeyDown={leaveField}
      />
      <div className={classes.moves}>
        <Button variant="default" onClick={onUndo} disabled={!canUndo} rightSection={<Kbd size="xs">u</Kbd>}>
          Undo
        </Button>
        <SkipButton onSkip={onSkip} />
      </div>
      <Given {...props} />
    </section>
  );
}

/** Goes to the next trace without a score. */
export function SkipButton({ onSkip }: Pick<Props, "onSkip">): ReactElement {
  return (
    <Button variant="default" onClick={onSkip} rightSection={<Kbd size="xs">s</Kbd>}>
      Skip
    </Button>
  );
}

/** Escape, and Ctrl or Cmd with Enter, give the keys back to the queue. */
function leaveField(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) {
    event.preventDefault();
    event.currentTarget.blur();
  }
}

interface FieldProps {
  item: Item;
  given: Answer | undefined;
  onAnswer: (value: number) => void;
}

function Choices({ item, given, onAnswer }: FieldProps): ReactElement {
  return (
    <div className={classes.choices}>
      {item.criterion.scale.choices.map(({ value, label, key }) => (
        <Button
          key={key}
          variant={given?.value === value ? "filled" : "default"}
          size="sm"
          justify="space-between"
          rightSection={<Kbd size="xs">{key}</Kbd>}
          onClick={() => onAnswer(value)}
        >
          {label}
        </Button>
      ))}
    </div>
  );
}

function NumberField({ item, given, onAnswer }: FieldProps): ReactElement {
  const { min, max } = item.criterion.scale;
  const [value, setValue] = useState<number | string>(given?.value ?? "");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const score = parseNumber(value);
  const isWithin = score !== undefined && score >= min && score <= max;
  return (
    <NumberInput
      ref={field}
      label={`Score from ${min} to ${max}`}
      description="Enter stores it"
      value={value}
      onChange={setValue}
      error={value === "" || isWithin ? undefined : `score must be between ${min} and ${max}`}
      onKeyDown={(event) => {
        if (event.key === "Enter" && isWithin) {
          onAnswer(score);
        } else if (event.key === "Escape") {
          event.currentTarget.blur();
        }
      }}
    />
  );
}

/** The scores of the whole trace that were given so far, each of which can be changed. */
function Given({ items, answers, onChoose }: Props): ReactElement | null {
  const whole = items.flatMap((item) => {
    const answer = item.stepIndex === null ? answers[item.key] : undefined;
    return answer === undefined ? [] : [{ item, answer }];
  });
  if (whole.length === 0) {
    return null;
  }
  return (
    <ul className={classes.given} aria-label="Given">
      {whole.map(({ item, answer }) => (
        <li key={item.key}>
          <Button variant="subtle" size="compact-xs" onClick={() => onChoose(item)}>
            {item.criterion.label} {answerText(item, answer)}
          </Button>
        </li>
      ))}
    </ul>
  );
}
