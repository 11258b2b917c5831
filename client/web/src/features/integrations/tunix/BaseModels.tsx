import { useQuery } from "@apollo/client/react";
import type { ReactElement } from "react";
import { Link } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { bytes, whole } from "../../../shared/format/numbers.ts";
import classes from "../integrations.module.css";

const BASE_MODELS = graphql(`
  query IntegrationsBaseModels {
    baseModels {
      modelId
      source
      family
      parameterCount
      byteSize
      hasTokenizer
      problem
    }
  }
`);

/** The base models that are available without a network. */
export function BaseModels(): ReactElement {
  const { data, error, refetch } = useQuery(BASE_MODELS, { fetchPolicy: "cache-and-network" });
  const failure = error && <ErrorNotice title="The base models could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />;
  return failure && data === undefined ? (
    failure
  ) : (
    <div className={classes.scroll}>
      {failure}
      <table className={classes.table}>
        <caption>Base models on this machine</caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Family</th>
            <th scope="col" className={classes.number}>
              Parameters
            </th>
            <th scope="col" className={classes.number}>
              Size
            </th>
            <th scope="col">Remarks</th>
          </tr>
        </thead>
        <tbody>
          {data?.baseModels.map((model) => (
            <tr key={model.modelId}>
              <td>
                <Link to={startAddress(model.modelId)}>{model.modelId}</Link>
              </td>
              <td>{model.family}</td>
              <td className={classes.number}>{model.parameterCount === null ? "" : whole(model.parameterCount)}</td>
              <td className={classes.number}>{model.byteSize === null ? "" : bytes(model.byteSize)}</td>
              <td>{remark(model)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Returns the address of the form that starts a run, with a base model filled in. */
function startAddress(modelId: string): string {
  return `/runs/new?${new URLSearchParams({ set: JSON.stringify({ modelId }) })}`;
}

function remark({ source, hasTokenizer, problem }: { source: string; hasTokenizer: boolean; problem: string | null }): string {
  if (problem !== null) {
    return problem;
  }
  if (source === "TINY_RANDOM") {
    return "Made for the run with random weights, for trying things out";
  }
  return hasTokenizer ? "" : "No tokenizer.json";
}
