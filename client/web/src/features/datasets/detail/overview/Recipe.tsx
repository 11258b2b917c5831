import type { FragmentType } from "@apollo/client";
import { useFragment } from "@apollo/client/react";
import { Anchor, Code } from "@mantine/core";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../../gql/gql.ts";
import type { DatasetRecipeFragment } from "../../../../gql/graphql.ts";
import { Fact, Facts } from "../../../../shared/facts/Facts.tsx";
import { whole } from "../../../../shared/format/numbers.ts";
import { compactJson } from "../../../../shared/format/compactJson.ts";
import { LIMIT_MAX, ORDER_FIELDS, recipeParams, STRATEGIES } from "../../recipe.ts";
import classes from "./Overview.module.css";

const RECIPE = graphql(`
  fragment DatasetRecipe on Dataset {
    id
    recipe {
      ... on SelectionRecipe {
        where
        orderBy {
          field
          direction
        }
        strategy
        seed
        limit
        asOf
      }
      ... on SplitRecipe {
        parentKey
        part
        parts {
          name
          count
        }
        promptSeed
      }
      ... on ImportedRecipe {
        origin
        manifest
      }
    }
  }
`);

type AnyRecipe = DatasetRecipeFragment["recipe"];
type Selection = Extract<AnyRecipe, { __typename: "SelectionRecipe" }>;
type Split = Extract<AnyRecipe, { __typename: "SplitRecipe" }>;

/** The recipe by which the members of a dataset were chosen. */
export function Recipe({ from }: { from: FragmentType<DatasetRecipeFragment> }): ReactElement | null {
  const { data, complete } = useFragment({ fragment: RECIPE, from });
  if (!complete) {
    return null;
  }
  const { recipe } = data;
  switch (recipe.__typename) {
    case "SelectionRecipe":
      return <SelectionFacts recipe={recipe} />;
    case "SplitRecipe":
      return <SplitFacts recipe={recipe} />;
    case "ImportedRecipe":
      return (
        <Facts layout="list">
          <Fact name="Imported from">{recipe.origin}</Fact>
          <Fact name="Its manifest there">
            <Code block className={classes.json}>{compactJson(recipe.manifest)}</Code>
          </Fact>
        </Facts>
      );
    default:
      return null;
  }
}

function SelectionFacts({ recipe }: { recipe: Selection }): ReactElement {
  const { where, orderBy, strategy, seed, limit } = recipe;
  const text = JSON.stringify(where);
  return (
    <Facts layout="list">
      <Fact name="Filter">{text === "{}" ? "All traces" : <Code block className={classes.json}>{compactJson(where)}</Code>}</Fact>
      <Fact name="Order">{orderBy.length === 0 ? "Newest first" : orderBy.map(orderLabel).join(", ")}</Fact>
      <Fact name="Strategy">
        {STRATEGIES.find(({ value }) => value === strategy)?.label ?? strategy}
        {seed !== null && ` with seed ${seed}`}
      </Fact>
      <Fact name="Limit">{limit === LIMIT_MAX ? "None" : `${whole(limit)} members`}</Fact>
      <Fact name="Again">
        <Anchor component={Link} to={`/datasets/new?${againParams(recipe)}`} size="sm">
          Build another one from this recipe
        </Anchor>
        {" · "}
        <Anchor component={Link} to={`/traces?${new URLSearchParams({ where: text })}`} size="sm">
          Show the traces that it selects now
        </Anchor>
      </Fact>
    </Facts>
  );
}

function orderLabel({ field, direction }: Selection["orderBy"][number]): string {
  const label = ORDER_FIELDS.find(({ value }) => value === field)?.label ?? field;
  return `${label}, ${direction === "ASC" ? "ascending" : "descending"}`;
}

/** The address of the builder with the same recipe. */
function againParams({ where, orderBy, strategy, seed, limit }: Selection): URLSearchParams {
  const [{ field, direction } = { field: "CREATED_AT", direction: "DESC" } as const] = orderBy;
  const form = { strategy, seed: seed ?? 0, limit: limit === LIMIT_MAX ? "" : limit, field, direction };
  const given = Object.entries({ where: JSON.stringify(where), ...recipeParams(form) });
  return new URLSearchParams(given.filter(([, value]) => value !== "" && value !== "{}"));
}

function SplitFacts({ recipe }: { recipe: Split }): ReactElement {
  return (
    <Facts layout="list">
      <Fact name="Part">
        <b>{recipe.part}</b> of{" "}
        <Anchor component={Link} to={`/datasets/${recipe.parentKey}`} size="sm">
          {recipe.parentKey}
        </Anchor>
      </Fact>
      <Fact name="All parts">{recipe.parts.map(({ name, count }) => `${name} ${whole(count)}`).join(" · ")}</Fact>
      <Fact name="Seed">{recipe.promptSeed}</Fact>
    </Facts>
  );
}
