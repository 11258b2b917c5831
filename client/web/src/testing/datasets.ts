/** A dataset as the server answers it, for tests. */
export const DATASET = {
  __typename: "Dataset",
  id: "d1",
  key: "maths-1",
  name: "maths",
  version: "1",
  buildId: "b1",
  status: "COMPLETED",
  progress: 1,
  attempt: 1,
  error: null,
  traceCount: 10,
  sha256: "abcdef0123456789",
  createdAt: "2026-01-01T00:00:00Z",
  sessionId: null,
  trainingRunId: null,
  stats: {
    __typename: "DatasetStats",
    traceCount: 10,
    avgStepCount: 2.5,
    minStepCount: 1,
    maxStepCount: 4,
    avgCharCount: 200,
    sourceCount: 2,
    sources: [
      { __typename: "SourceCount", source: "gsm8k", count: 9 },
      { __typename: "SourceCount", source: null, count: 1 },
    ],
    scores: [{ __typename: "ScoreSummary", scorer: "baseline", count: 10, mean: 50, low: 0, high: 100 }],
  },
  recipe: {
    __typename: "SelectionRecipe",
    where: { source: { eq: "gsm8k" } },
    orderBy: [{ __typename: "RecipeOrder", field: "CREATED_AT", direction: "DESC" }],
    strategy: "RANDOM",
    seed: 7,
    limit: 10,
    asOf: 100,
  },
  parent: { __typename: "Dataset", id: "d0", key: "all-1", status: "COMPLETED", traceCount: 20 },
  children: { __typename: "DatasetConnection", edges: [], totalCount: 0 },
  runs: { __typename: "RunConnection", edges: [], totalCount: 0 },
  evalRuns: { __typename: "RunConnection", edges: [], totalCount: 0 },
};

/** A page of a connection with everything on it. */
export function pageOf(type: string, nodes: readonly object[]): object {
  return {
    __typename: `${type}Connection`,
    edges: nodes.map((node) => ({ __typename: `${type}Edge`, node })),
    pageInfo: { __typename: "PageInfo", hasNextPage: false, endCursor: null },
    totalCount: nodes.length,
  };
}
