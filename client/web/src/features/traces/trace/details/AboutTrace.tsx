import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { AboutTraceFragment } from "../../../../gql/graphql.ts";
import { CopiedFact } from "../../../../shared/facts/CopiedFact.tsx";
import { Fact, Facts } from "../../../../shared/facts/Facts.tsx";
import { numberOf } from "../../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../../shared/format/RelativeTime.tsx";
import { JsonTree } from "../../../../shared/jsonTree/JsonTree.tsx";
import { AsideSection } from "./AsideSection.tsx";
import classes from "./Details.module.css";

const ABOUT_TRACE = graphql(`
  fragment AboutTrace on Trace {
    id
    uuid
    createdAt
    traceVersion
    source
    externalId
    group
    stepCount
    charCount
    promptHash
    contentHash
    meta
  }
`);

/** The details of a trace beside its texts: identifiers, sizes, hashes and metadata. */
export function AboutTrace({ trace }: { trace: FragmentType<AboutTraceFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: ABOUT_TRACE, from: trace });
  if (!complete) {
    return null;
  }
  return (
    <>
      <AsideSection title="Metadata">
        {data.meta === null ? "None" : <JsonTree value={data.meta} label="Metadata" />}
      </AsideSection>
      <AsideSection title="About">
        <div className={classes.small}>
          <Facts layout="list">
            <Fact name="Created">
              <RelativeTime at={data.createdAt} />
            </Fact>
            <Fact name="Source">{data.source === null ? "none" : <Link to={bySource(data.source)}>{data.source}</Link>}</Fact>
            {data.externalId !== null && <Fact name="External ID">{data.externalId}</Fact>}
            <Fact name="Group">
              <Link to={`/groups/${encodeURIComponent(data.group)}`}>{data.group === data.promptHash ? "Answers to this prompt" : data.group}</Link>
            </Fact>
            <Fact name="Size">
              {numberOf(data.stepCount, "step")}, {numberOf(data.charCount, "character")}
            </Fact>
            <Fact name="Version">{data.traceVersion}</Fact>
            <CopiedFact name="UUID" value={data.uuid} />
            <CopiedFact name="Prompt hash" value={data.promptHash} />
            <CopiedFact name="Content hash" value={data.contentHash} />
          </Facts>
        </div>
      </AsideSection>
    </>
  );
}

function bySource(source: string): string {
  return `/traces?${new URLSearchParams({ where: JSON.stringify({ source: { eq: source } }) })}`;
}
