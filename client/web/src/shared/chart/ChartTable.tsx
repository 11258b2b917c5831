import { Anchor, Button, Group, ScrollArea, Table, Text } from "@mantine/core";
import { type ReactElement, useMemo } from "react";
import { Dialog } from "../dialog/Dialog.tsx";
import { Decimal } from "../format/Decimal.tsx";
import { whole } from "../format/numbers.ts";
import { chartRows, toCsv } from "./series/csv.ts";
import type { ChartSeries } from "./series/series.ts";

const ROWS_SHOWN = 500;

interface Props {
  title: string;
  series: readonly ChartSeries[];
  onClose: () => void;
}

/** A chart's points as a table and as a CSV file. */
export function ChartTable({ title, series, onClose }: Props): ReactElement {
  const table = useMemo(() => chartRows(series), [series]);
  const href = useMemo(() => `data:text/csv;charset=utf-8,${encodeURIComponent(toCsv(table))}`, [table]);
  const shown = table.rows.slice(0, ROWS_SHOWN);
  return (
    <Dialog onClose={onClose} title={title} size="lg">
      <Group justify="space-between" mb="xs">
        <Text size="sm" c="dimmed">
          {whole(table.rows.length)} rows{shown.length < table.rows.length && `; the first ${whole(ROWS_SHOWN)} are shown`}
        </Text>
        <Button component="a" variant="default" href={href} download={`${title.replaceAll(/[^\w.-]+/g, "-")}.csv`}>
          Download CSV
        </Button>
      </Group>
      <ScrollArea.Autosize mah="60vh" viewportProps={{ tabIndex: 0 }}>
        <Table stickyHeader fz="sm" verticalSpacing={4} aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              {table.header.map((name) => (
                <Table.Th key={name} ta="end">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(([step = "", ...cells]) => (
              <Table.Tr key={step}>
                <Table.Td ta="end">{step}</Table.Td>
                {cells.map((cell, place) => (
                  <Table.Td key={table.header[place + 1]} ta="end">
                    <Cell text={cell} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </Dialog>
  );
}

/** The link under a chart that opens its table. */
export function ChartTableLink({ title, onOpen }: { title: string; onOpen: () => void }): ReactElement {
  return (
    <Anchor component="button" size="xs" c="dimmed" onClick={onOpen} aria-label={`Show ${title} as a table`}>
      Table
    </Anchor>
  );
}

/** A value, rounded for the eye; the file has all its digits. */
function Cell({ text }: { text: string }): ReactElement {
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) ? <>{text}</> : <Decimal value={value} />;
}
