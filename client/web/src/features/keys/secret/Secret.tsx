import { Code, Text } from "@mantine/core";
import { type ReactElement, useEffect, useRef } from "react";
import { CopyText } from "../../../shared/CopyText.tsx";
import { Notice } from "../../../shared/notice/Notice.tsx";

interface Props {
  /** The key's new secret; null if an earlier answer had it. */
  secret: string | null;
  /** Why this browser could not be signed in with it; undefined if it could, or did not have to. */
  refusal?: string | undefined;
}

/** The secret of a key, which is shown only once. */
export function Secret({ secret, refusal }: Props): ReactElement {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => notice.current?.focus(), []);
  return (
    <Notice ref={notice} tone="good" title="Copy the secret now">
      {secret === null ? (
        <Text size="sm">An earlier answer had the secret, which is shown only once. Rotate the key for another one.</Text>
      ) : (
        <>
          <Text size="sm" mb="xs">
            It is shown only here and only this time: the server keeps no copy. A lost secret can only be replaced, by rotating the key.
          </Text>
          <CopyText text={secret} label="Copy the secret">
            <Code style={{ overflowWrap: "anywhere" }}>{secret}</Code>
          </CopyText>
          <Text size="sm" mt="xs">
            Programs send it as <Code>Authorization: Bearer …</Code>; the command line and the Python client take it from{" "}
            <Code>TUNIX_RT_KEY</Code>; a person signs in with it here.
          </Text>
        </>
      )}
      {refusal !== undefined && (
        <Text size="sm" mt="xs" role="alert">
          This browser is not signed in with it ({refusal}), so the next page asks for it.
        </Text>
      )}
    </Notice>
  );
}
