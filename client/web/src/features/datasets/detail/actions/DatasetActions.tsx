import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlayerPlay } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetActionsFragment } from "../../../../gql/graphql.ts";
import { isUnfinished } from "../../../../shared/live/usePollingWhile.ts";
import { DeleteDataset } from "./DeleteDataset.tsx";
import { SplitDataset } from "./SplitDataset.tsx";

const ACTIONS = graphql(`
  fragment DatasetActions on Dataset {
    id
    key
    version
    status
    traceCount
  }
`);

interface Props {
  from: FragmentType<DatasetActionsFragment>;
  onChanged: () => void;
}

/** The actions on a dataset as a whole: start a run, review, split and delete. */
export function DatasetActions({ from, onChanged }: Props): ReactElement | null {
  const { data, complete } = useFragment({ fragment: ACTIONS, from });
  const [isSplitting, split] = useDisclosure(false);
  if (!complete) {
    return null;
  }
  const { id, key, version, status, traceCount } = data;
  const isReady = status === "COMPLETED";
  return (
    <>
      {isReady && (
        <>
          <Button component={Link} to={`/runs/new?${new URLSearchParams({ dataset: key })}`} leftSection={<IconPlayerPlay size={14} />}>
            Start a run
          </Button>
          <Button component={Link} to={`/review?${new URLSearchParams({ dataset: key })}`} variant="default">
            Review
          </Button>
          <Button variant="default" onClick={split.open}>
            Split…
          </Button>
        </>
      )}
      <DeleteDataset id={id} datasetKey={key} isDisabled={isUnfinished({ status })} onGone={onChanged} />
      {isSplitting && <SplitDataset id={id} datasetKey={key} version={version} traceCount={traceCount} onClose={split.close} onDone={onChanged} />}
    </>
  );
}
