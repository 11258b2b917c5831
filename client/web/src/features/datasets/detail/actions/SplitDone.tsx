import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Anchor, Button, Group, Table, Text } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { SplitDoneFragment } from "../../../../gql/graphql.ts";
import { Dialog } from "../../../../shared/dialog/Dialog.tsx";
import { whole } from "../../../../shared/format/numbers.ts";
import { StatusBadge } from "../../../../shared/format/StatusBadge.tsx";

const PART = graphql(`
  fragment SplitDone on Dataset {
    id
    key
    status
    traceCount
  }
`);

interface Props {
  parts: readonly ({ id: string } & FragmentType<SplitDoneFragment>)[];
  datasetKey: string;
  onClose: () => void;
}

/** The parts that a dataset was split into. */
export function SplitDone({ parts, datasetKey, onClose }: Props): ReactElement {
  return (
    <Dialog onClose={onClose} title={`${datasetKey} was split`} size="lg">
      <Table verticalSpacing={6} fz="sm">
        <Table.Tbody>
          {parts.map((part) => (
            <PartRow key={part.id} from={part} onOpen={onClose} />
          ))}
        </Table.Tbody>
      </Table>
      <Group justify="flex-end" mt="md">
        <Button data-autofocus onClick={onClose}>
          Close
        </Button>
      </Group>
    </Dialog>
  );
}

function PartRow({ from, onOpen }: { from: FragmentType<SplitDoneFragment>; onOpen: () => void }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: PART, from });
  if (!complete) {
    return null;
  }
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Anchor component={Link} to={`/datasets/${data.key}`} size="sm" onClick={onOpen}>
          {data.key}
        </Anchor>
      </Table.Td>
      <Table.Td ta="right">
        <Text size="sm">{whole(data.traceCount)}</Text>
      </Table.Td>
      <Table.Td>
        <StatusBadge status={data.status} />
      </Table.Td>
    </Table.Tr>
  );
}
