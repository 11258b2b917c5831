import { Table } from "@mantine/core";
import type { ReactElement } from "react";
import { Dialog } from "../dialog/Dialog.tsx";
import { whole } from "../format/numbers.ts";
import { type Bin, valueText } from "./bins.ts";

interface Props {
  title: string;
  bins: readonly Bin[];
  onClose: () => void;
}

/** The bins of a histogram as a table. */
export function HistogramTable({ title, bins, onClose }: Props): ReactElement {
  return (
    <Dialog onClose={onClose} title={title}>
      <Table fz="sm" verticalSpacing={4} aria-label={title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From</Table.Th>
            <Table.Th>To</Table.Th>
            <Table.Th ta="right">Count</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bins.map(({ from, to, count }) => (
            <Table.Tr key={from}>
              <Table.Td>{valueText(from)}</Table.Td>
              <Table.Td>{valueText(to)}</Table.Td>
              <Table.Td ta="right">{whole(count)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Dialog>
  );
}
