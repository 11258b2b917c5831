import type {
  FoundEvaluationFragment,
  FoundGenerationFragment,
  FoundKeyFragment,
  FoundTraceFragment,
  FoundViewFragment,
  PaletteFindQuery,
  SavedViewPage,
} from "../../gql/graphql.ts";
import { exactTime } from "../../shared/format/time.ts";
import { previewText } from "../../shared/preview/previewText.ts";
import { runName } from "../../shared/runName.ts";

/** A record that was found, and its page. */
export interface Place {
  path: string;
  /** The heading that it is listed under. */
  kind: string;
  label: string;
  note: string;
}

const VIEWED: Readonly<Record<SavedViewPage, { path: string; label: string }>> = {
  TRACES: { path: "/traces", label: "Traces" },
  DATASETS: { path: "/datasets", label: "Datasets" },
  RUNS: { path: "/runs", label: "Runs" },
  REVIEW: { path: "/review", label: "Review" },
};

/** Returns the places of all records that a text names; some lists may have failed. */
export function foundPlaces(data: PaletteFindQuery | undefined): Place[] {
  if (data === undefined) {
    return [];
  }
  return [
    ...nodePlace(data.node),
    ...nodesOf(data.datasets).map(({ key }) => dataset(key)),
    ...nodesOf(data.runs).map(run),
    ...nodesOf(data.generations).map(generation),
    ...nodesOf(data.evaluations).map(evaluation),
    ...nodesOf(data.savedViews).map(view),
    ...nodesOf(data.keys).map(apiKey),
    ...(data.traceGroup ? [group(data.traceGroup)] : []),
    ...tracePlaces(data.named),
  ];
}

/** Returns the places of traces. */
export function tracePlaces(found: Listed<FoundTraceFragment>): Place[] {
  return nodesOf(found).map(({ uuid, promptPreview }) => trace(uuid, promptPreview));
}

type Listed<Node> = { edges: readonly { node: Node }[] } | null | undefined;

function nodesOf<Node>(found: Listed<Node>): Node[] {
  return (found?.edges ?? []).map(({ node }) => node);
}

function nodePlace(node: PaletteFindQuery["node"]): Place[] {
  switch (node?.kind) {
    case "Trace":
      return [trace(node.uuid, node.promptPreview)];
    case "Dataset":
      return [dataset(node.key)];
    case "Run":
      return [run(node)];
    case "Generation":
      return [generation(node)];
    case "Evaluation":
      return [evaluation(node)];
    case "EvaluationCandidate":
      return [evaluation(node.evaluation)];
    case "SavedView":
      return [view(node)];
    case "ApiKey":
      return [apiKey(node)];
    case "Score":
      return [{ ...trace(node.trace.uuid, `Score of ${node.scorer}`), note: "on its trace" }];
    default:
      return [];
  }
}

function trace(uuid: string, prompt: string): Place {
  return { path: `/traces/${uuid}`, kind: "Traces", label: prompt === "" ? "(empty prompt)" : previewText(prompt), note: "" };
}

function group({ key, promptPreview }: { key: string; promptPreview: string }): Place {
  return { path: `/groups/${encodeURIComponent(key)}`, kind: "Groups", label: promptPreview === "" ? key : previewText(promptPreview), note: "" };
}

function dataset(key: string): Place {
  return { path: `/datasets/${encodeURIComponent(key)}`, kind: "Datasets", label: key, note: "" };
}

function run({ uuid, outputName, modelId }: { uuid: string; outputName: string | null; modelId: string }): Place {
  return { path: `/runs/${uuid}`, kind: "Runs", label: runName({ outputName, uuid }), note: modelId };
}

function generation({ uuid, modelId, createdAt }: FoundGenerationFragment): Place {
  return { path: `/generations/${uuid}`, kind: "Generations", label: modelId, note: exactTime(new Date(createdAt)).replace(/ · .*/, "") };
}

function evaluation({ uuid, name, datasetKey }: FoundEvaluationFragment): Place {
  return { path: `/evaluations/${uuid}`, kind: "Evaluations", label: name, note: datasetKey };
}

function apiKey({ uuid, name, prefix }: FoundKeyFragment): Place {
  return { path: `/keys/${uuid}`, kind: "API keys", label: name, note: prefix };
}

function view({ page, name, search }: FoundViewFragment): Place {
  const { path, label } = VIEWED[page];
  return { path: `${path}${search}`, kind: "Saved views", label: name, note: label };
}
