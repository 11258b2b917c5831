import { TextInput, type TextInputProps } from "@mantine/core";
import { type ReactElement, useId } from "react";

interface Props extends TextInputProps {
  suggested: readonly string[];
}

/** A field for a text, which suggests stored values. */
export function SuggestedInput({ suggested, ...props }: Props): ReactElement {
  const id = useId();
  return (
    <>
      <TextInput list={id} {...props} />
      <datalist id={id}>
        {suggested.map((text) => (
          <option key={text} value={text}>
            {text}
          </option>
        ))}
      </datalist>
    </>
  );
}
