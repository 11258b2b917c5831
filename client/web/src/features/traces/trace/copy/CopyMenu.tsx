import { useApolloClient } from "@apollo/client/react";
import { Button, Menu } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { print } from "graphql";
import { type ReactElement, useMemo } from "react";
import { useCopy } from "../../../../shared/copy/useCopy.ts";
import { shownErrors } from "../../../../shared/feedback/errors.ts";
import { useKeys } from "../../../../shared/keyboard/Keys.tsx";
import { notifications } from "@mantine/notifications";
import { LEFT_OUT, TRAINING_TEXT } from "../training/TrainingTextView.tsx";
import { TRACE_TO_COPY, traceJson, traceQuery } from "./traceJson.ts";

/** Copies a trace as JSON that can be imported again, as its training text, as a query, or as a link. */
export function CopyMenu({ id, uuid }: { id: string; uuid: string }): ReactElement {
  const actions = useCopyActions(id, uuid);
  const keys = useMemo(() => [{ keys: "c", label: "Copy the trace as JSON", run: actions.json }], [actions]);
  useKeys("Trace", keys);
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconCopy size={16} stroke={1.6} />}>
          Copy
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={actions.json} data-autofocus>As JSON</Menu.Item>
        <Menu.Item onClick={actions.training}>As training text</Menu.Item>
        <Menu.Item onClick={actions.query}>As a query</Menu.Item>
        <Menu.Item onClick={actions.link}>Link</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface Actions {
  json: () => void;
  training: () => void;
  query: () => void;
  link: () => void;
}

function useCopyActions(id: string, uuid: string): Actions {
  const client = useApolloClient();
  const copy = useCopy();
  return useMemo(() => {
    const copyJson = async (): Promise<void> => {
      const { data } = await client.query({ query: TRACE_TO_COPY, variables: { id } });
      await copy(JSON.stringify(traceJson(data?.trace), null, 2), "JSON");
    };
    const copyTrainingText = async (): Promise<void> => {
      const { data } = await client.query({ query: TRAINING_TEXT, variables: { id } });
      const text = data?.trace?.trainingText;
      if (text) await copy(text.prompt + text.target, "Training text");
      else notifications.show({ title: "There is no training text", message: LEFT_OUT });
    };
    return {
      json: () => void copyJson().catch(report),
      training: () => void copyTrainingText().catch(report),
      query: () => void copy(traceQuery(print(TRACE_TO_COPY), uuid), "Query"),
      link: () => void copy(location.href, "Link"),
    };
  }, [client, copy, id, uuid]);
}

function report(error: unknown): void {
  notifications.show({ color: "red", title: "The trace could not be read", message: shownErrors(error)[0]?.message });
}
