import { Anchor, ScrollArea, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import type { ReactElement, ReactNode } from "react";
import { Link } from "react-router";
import type { DatasetChangeKind, VerifyDatasetMutation } from "../../../../gql/graphql.ts";
import { whole } from "../../../../shared/format/numbers.ts";
import classes from "./Checks.module.css";

type Result = NonNullable<VerifyDatasetMutation["verifyDataset"]["verification"]>;

const KINDS: Record<DatasetChangeKind, string> = {
  CHANGED: "changed",
  DELETED: "deleted",
  NO_LONGER_SELECTED: "no longer selected",
  NEWLY_SELECTED: "newly selected",
  MOVED: "moved",
};

/** The result of a verification: two verdicts, and the differences. */
export function Verification({ result }: { result: Result }): ReactElement {
  const { intact, reproducible, derivationError, newerCount, counts, changes } = result;
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <Verdict isGood={intact}>
        {intact ? "Intact: every member is stored, unchanged." : "Not intact: members were deleted or changed."}
      </Verdict>
      <Verdict isGood={reproducible}>
        {reproducible
          ? "Reproducible: the recipe selects the same members in the same order."
          : (derivationError ?? "Not reproducible: the recipe selects other members now.")}
      </Verdict>
      {newerCount !== null && newerCount > 0 && (
        <Text size="sm" c="dimmed" mt={4}>
          {whole(newerCount)} matching traces were stored since. They change nothing here; a new dataset would consider them.
        </Text>
      )}
      {total > 0 && (
        <>
          <Text size="sm" mt="sm">
            {counts.map(({ kind, count }) => `${whole(count)} ${KINDS[kind]}`).join(" · ")}
            {changes.length < total && `; the first ${whole(changes.length)} are listed`}
          </Text>
          <Changes changes={changes} />
        </>
      )}
    </>
  );
}

/** A verdict with its sign. */
export function Verdict({ isGood, children }: { isGood: boolean; children: ReactNode }): ReactElement {
  const Icon = isGood ? IconCircleCheck : IconAlertTriangle;
  return (
    <p className={classes.verdict} data-good={isGood}>
      <Icon size={18} stroke={1.6} aria-hidden />
      <span>{children}</span>
    </p>
  );
}

function Changes({ changes }: Pick<Result, "changes">): ReactElement {
  return (
    <ScrollArea.Autosize mah={360} mt="xs" type="auto" viewportProps={{ tabIndex: 0, "aria-label": "Differences" }}>
      <Table stickyHeader verticalSpacing={4} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th ta="right">Position</Table.Th>
            <Table.Th>Difference</Table.Th>
            <Table.Th>Trace</Table.Th>
            <Table.Th>Reason</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map(({ kind, traceUuid, position, reason }) => (
            <Table.Tr key={`${kind} ${traceUuid} ${position}`}>
              <Table.Td ta="right">{position ?? "–"}</Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{KINDS[kind]}</Table.Td>
              <Table.Td ff="monospace" style={{ whiteSpace: "nowrap" }}>
                {kind === "DELETED" ? (
                  traceUuid.slice(-12)
                ) : (
                  <Anchor component={Link} to={`/traces/${traceUuid}`} fz="inherit">
                    {traceUuid.slice(-12)}
                  </Anchor>
                )}
              </Table.Td>
              <Table.Td>{reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
