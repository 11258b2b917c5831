import { UnstyledButton } from "@mantine/core";
import type { ReactElement } from "react";
import { useCopy } from "../copy/useCopy.ts";
import { Fact } from "./Facts.tsx";
import classes from "./Facts.module.css";

/** A fact such as a UUID or a hash, which a click copies. */
export function CopiedFact({ name, value }: { name: string; value: string }): ReactElement {
  const copy = useCopy();
  return (
    <Fact name={name}>
      <UnstyledButton className={classes.copied} onClick={() => void copy(value, name)} title={`Copy ${name}`}>
        {value}
      </UnstyledButton>
    </Fact>
  );
}
