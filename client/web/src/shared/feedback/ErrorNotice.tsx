import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactElement } from "react";
import classes from "./ErrorNotice.module.css";
import type { ShownError } from "./errors.ts";
import { useRetryWhenBack } from "./served.ts";

interface Props {
  errors: readonly ShownError[];
  /** The failure, such as "The traces could not be loaded". */
  title: string;
  onRetry?: (() => void) | undefined;
  /** Whether it is retried by its button alone, as a change is. By default, also when a server that was unreachable is back. */
  isByHand?: boolean;
  /** Whether it stands on the page itself, from whose edges it keeps the distance of other content. */
  isInset?: boolean;
}

/** Errors with their code, message, field and request id, and a button to try again. */
export function ErrorNotice({ errors, title, onRetry, isByHand = false, isInset = false }: Props): ReactElement {
  const isAway = !isByHand && errors.length > 0 && errors.every(({ code, requestId }) => code === "UNAVAILABLE" && requestId === undefined);
  useRetryWhenBack(isAway, onRetry);
  return (
    <Alert
      role="alert"
      variant="outline"
      color="red"
      icon={<IconAlertTriangle size={18} />}
      title={title}
      p="sm"
      classNames={classes}
      data-inset={isInset}
    >
      <Stack gap="xs" align="flex-start">
        {errors.map((error) => (
          <OneError key={`${error.code} ${error.field} ${error.message}`} error={error} />
        ))}
        {onRetry && (
          <Group gap="xs">
            <Button variant="default" onClick={onRetry}>
              Try again
            </Button>
            {isAway && (
              <Text size="xs" c="dimmed">
                It is tried again as soon as the server answers.
              </Text>
            )}
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function OneError({ error }: { error: ShownError }): ReactElement {
  return (
    <div>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {error.message}
      </Text>
      <Group gap="xs" mt={4}>
        <Code>{error.code}</Code>
        {error.field !== "" && <Code>{error.field}</Code>}
        {error.requestId !== undefined && (
          <Text size="xs" c="dimmed">
            request <Code>{error.requestId}</Code>
          </Text>
        )}
      </Group>
    </div>
  );
}
