import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { PreviewRowFragment } from "../../../gql/graphql.ts";
import { numberOf } from "../../../shared/format/numbers.ts";
import { previewText } from "../../../shared/preview/previewText.ts";
import classes from "./Builder.module.css";

const ROW = graphql(`
  fragment PreviewRow on Trace {
    id
    uuid
    promptPreview
    source
    stepCount
  }
`);

/** A trace that matches, in a line. */
export function PreviewRow({ from }: { from: FragmentType<PreviewRowFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: ROW, from });
  if (!complete) {
    return null;
  }
  return (
    <li className={classes.row}>
      <Link to={`/traces/${data.uuid}`} target="_blank" className={classes.prompt} dir="auto" title={data.promptPreview}>
        {previewText(data.promptPreview)}
      </Link>
      <span className={classes.source} title={data.source ?? undefined}>
        {data.source}
      </span>
      <span className={classes.steps}>
        {numberOf(data.stepCount, "step")}
      </span>
    </li>
  );
}
