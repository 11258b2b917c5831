import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactElement } from "react";
import classes from "./ErrorNotice.module.css";
import type { ShownError } from "./errors.ts";

interface Props {
  errors: readonly ShownError[];
  /** The failure, such as "The traces could not be loaded". */
  title: string;
  onRetry?: (() => void) | undefined;
  /** Whether it stands on the page itself, from whose edges it keeps the distance of other content. */
  isInset?: boolean;
}

/** Errors with their code, message, field and request id, and a button to try again. */
export function ErrorNotice({ errors, title, onRetry, isInset = false }: Props): ReactElement {
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
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
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
