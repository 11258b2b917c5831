import { useQuery } from "@apollo/client/react";
import { Code, Stack, Text } from "@mantine/core";
import { type ReactElement, useEffect, useState } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { numberOf, whole } from "../../../shared/format/numbers.ts";
import { Preview } from "../../../shared/preview/Preview.tsx";
import { type Content, linesOf } from "./content.ts";
import type { IngestReport, Refusal } from "./ingest.ts";
import classes from "./upload.module.css";

export const UPLOADED = graphql(`
  query UploadedTraces($where: TraceWhere) {
    traces(where: $where, first: 5) {
      edges {
        node {
          id
          uuid
          promptPreview
        }
      }
    }
  }
`);

interface Props {
  report: IngestReport;
  /** The uploaded content. */
  content: Content;
  startedAt: string;
}

/** The result of an upload: the stored traces with links, and each refused line with its reason. */
export function UploadResult({ report, content, startedAt }: Props): ReactElement {
  return (
    <Stack gap="md">
      <Text component="output" aria-label="Result" fw={500}>
        {summary(report)}
      </Text>
      {report.added > 0 && <NewTraces count={report.added} startedAt={startedAt} />}
      {report.refusals.length > 0 && <Refusals report={report} content={content} />}
    </Stack>
  );
}

function summary({ added, duplicates, rejected, scores, stopped, unit }: IngestReport): string {
  const parts = [
    `${numberOf(added, "trace")} added`,
    scores > 0 && `${whole(scores)} scores added`,
    duplicates > 0 && `${whole(duplicates)} stored already`,
    rejected > 0 && `${whole(rejected)} ${unit}${rejected === 1 ? "" : "s"} refused`,
    stopped && "stopped before the end",
  ];
  return `${parts.filter((part) => part !== false).join(", ")}.`;
}

function NewTraces({ count, startedAt }: { count: number; startedAt: string }): ReactElement {
  const where = { createdAt: { gte: startedAt } };
  const { data } = useQuery(UPLOADED, { variables: { where }, fetchPolicy: "network-only" });
  const traces = data?.traces.edges ?? [];
  return (
    <div>
      <ul className={classes.links} aria-label="New traces">
        {traces.map(({ node }) => (
          <li key={node.id}>
            <Link to={`/traces/${node.uuid}`}>
              <Preview text={node.promptPreview} />
            </Link>
          </li>
        ))}
      </ul>
      {count > traces.length && traces.length > 0 && (
        <Link to={`/traces?${new URLSearchParams({ where: JSON.stringify(where) })}`}>See all {whole(count)}</Link>
      )}
    </div>
  );
}

function Refusals({ report, content }: { report: IngestReport; content: Content }): ReactElement {
  const [lines, setLines] = useState<readonly string[]>([]);
  useEffect(() => {
    let isShown = true;
    void linesOf(content).then((found) => isShown && setLines(found));
    return () => {
      isShown = false;
    };
  }, [content]);
  const { refusals, rejected, unit } = report;
  const header = unit === "row" ? 1 : 0;
  return (
    <section aria-label="Refused lines">
      <ol className={classes.refusals}>
        {byLine(refusals).map(([line, found]) => (
          <RefusedLine key={line} line={line} refusals={found} unit={unit} text={lines[line - 1 + header] ?? ""} />
        ))}
      </ol>
      {rejected > byLine(refusals).length && (
        <Text size="xs" c="dimmed">
          The first of {whole(rejected)}.
        </Text>
      )}
    </section>
  );
}

function byLine(refusals: readonly Refusal[]): [number, readonly Refusal[]][] {
  const lines = new Map<number, Refusal[]>();
  for (const refusal of refusals) {
    lines.set(refusal.line, [...(lines.get(refusal.line) ?? []), refusal]);
  }
  return [...lines];
}

interface LineProps {
  line: number;
  refusals: readonly Refusal[];
  unit: string;
  text: string;
}

function RefusedLine({ line, refusals, unit, text }: LineProps): ReactElement {
  return (
    <li className={classes.refusal}>
      <span className={classes.place}>
        {unit} {whole(line)}
      </span>
      <div style={{ minWidth: 0 }}>
        {refusals.map(({ field, reason, code }) => (
          <Text key={`${field} ${reason}`} size="sm" style={{ overflowWrap: "anywhere" }}>
            {field !== "" && <Code>{field}</Code>} {reason} <Code>{code}</Code>
          </Text>
        ))}
        {text !== "" && (
          <pre className={classes.line} dir="auto">
            {text.slice(0, 300)}
          </pre>
        )}
      </div>
    </li>
  );
}
