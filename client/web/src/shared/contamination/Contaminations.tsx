import { useQuery } from "@apollo/client/react";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../gql/gql.ts";
import type { StoredContaminationsQuery } from "../../gql/graphql.ts";
import { whole } from "../format/numbers.ts";
import { contaminationAddress } from "./address.ts";
import classes from "./Contaminations.module.css";

const STORED_CONTAMINATIONS = graphql(`
  query StoredContaminations($train: [ID!]!, $eval: ID!) {
    contaminations(where: { trainDatasetId: { in: $train }, evalDatasetId: { eq: $eval } }, first: 100) {
      edges {
        node {
          id
          trainPromptCount
          trainDataset {
            id
            key
          }
          evalDataset {
            id
            key
          }
        }
      }
    }
  }
`);

export type StoredContamination = StoredContaminationsQuery["contaminations"]["edges"][number]["node"];

/** Returns the stored comparisons of training datasets with an evaluation dataset; nothing is compared for it. */
export function useContaminations(train: readonly string[], evaluation: string | null): readonly StoredContamination[] {
  const isAsked = train.length > 0 && evaluation !== null;
  const variables = { train: [...train], eval: evaluation ?? "" };
  const { data } = useQuery(STORED_CONTAMINATIONS, { variables, skip: !isAsked, fetchPolicy: "cache-and-network" });
  return isAsked ? (data?.contaminations.edges ?? []).map(({ node }) => node) : [];
}

/** The result of a comparison of two datasets, with links to its pairs of prompts. */
export function ContaminationLine({ of: { trainPromptCount, trainDataset, evalDataset } }: { of: StoredContamination }): ReactElement {
  const found = trainPromptCount === 0 ? "No similar prompts" : `${whole(trainPromptCount)} similar ${trainPromptCount === 1 ? "prompt" : "prompts"}`;
  return (
    <span className={classes.line}>
      {trainPromptCount > 0 && <IconAlertTriangle size={15} stroke={1.6} aria-hidden />}
      {trainDataset === null || evalDataset === null ? found : <Link to={contaminationAddress(trainDataset.key, evalDataset.key)}>{found}</Link>}
    </span>
  );
}
