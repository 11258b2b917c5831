import { ActionIcon, Button, TextInput, Tooltip } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { type ReactElement, type SubmitEvent, useState } from "react";
import classes from "../Compare.module.css";
import { REFERENCE_HINT } from "./reference.ts";

/** The texts that name the two traces. */
export interface Pair {
  a: string;
  b: string;
}

interface Props {
  /** The value in the URL. */
  pair: Pair;
  errors: { a: string | undefined; b: string | undefined };
  isLoading: boolean;
  onCompare: (pair: Pair) => void;
}

/** Takes the two traces to compare. */
export function CompareForm({ pair, errors, isLoading, onCompare }: Props): ReactElement {
  const [given, setGiven] = useState(pair);
  const isFilled = given.a.trim() !== "" && given.b.trim() !== "";
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onCompare(given);
  };
  return (
    <form className={classes.form} onSubmit={submit} aria-label="Traces to compare">
      <TextInput
        label="Base"
        placeholder={REFERENCE_HINT}
        value={given.a}
        error={given.a === pair.a && errors.a}
        onChange={(event) => setGiven({ ...given, a: event.currentTarget.value })}
      />
      <Tooltip label="Exchange the two">
        <ActionIcon size={30} className={classes.beside} aria-label="Exchange the two" onClick={() => setGiven({ a: given.b, b: given.a })}>
          <IconArrowsExchange size={18} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      <TextInput
        label="Other"
        placeholder={REFERENCE_HINT}
        value={given.b}
        error={given.b === pair.b && errors.b}
        onChange={(event) => setGiven({ ...given, b: event.currentTarget.value })}
      />
      <Button type="submit" className={classes.beside} disabled={!isFilled} loading={isLoading}>
        Fetch & Compare
      </Button>
    </form>
  );
}
