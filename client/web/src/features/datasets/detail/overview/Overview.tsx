import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetOverviewFragment } from "../../../../gql/graphql.ts";
import { Section } from "../../../../shared/section/Section.tsx";
import { Distributions } from "./Distributions.tsx";
import { DatasetFacts } from "./DatasetFacts.tsx";
import classes from "./Overview.module.css";
import { Recipe } from "./Recipe.tsx";
import { ScoreRanges } from "./ScoreRanges.tsx";
import { Sources } from "./Sources.tsx";

const OVERVIEW = graphql(`
  fragment DatasetOverview on Dataset {
    id
    key
    status
    ...DatasetFacts
    ...DatasetRecipe
    ...DatasetSources
    ...DatasetScoreRanges
  }
`);

/** The overview of a dataset: its numbers, the distributions of its members, and its recipe. */
export function Overview({ from }: { from: FragmentType<DatasetOverviewFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: OVERVIEW, fragmentName: "DatasetOverview", from });
  if (!complete) {
    return null;
  }
  return (
    <>
      <DatasetFacts from={data} />
      {data.status === "COMPLETED" && <Distributions datasetKey={data.key} />}
      <div className={classes.columns}>
        <Sources from={data} />
        <ScoreRanges from={data} />
      </div>
      <Section title="Recipe">
        <Recipe from={data} />
      </Section>
    </>
  );
}
