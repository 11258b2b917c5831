/** Returns a trace as the server answers with it, whatever is selected of it. */
export function storedTrace(fields: Record<string, unknown> = {}): Record<string, unknown> & { id: string; uuid: string } {
  const uuid = typeof fields["uuid"] === "string" ? fields["uuid"] : "01970000-0000-7000-8000-000000000001";
  return {
    __typename: "Trace",
    id: btoa(`Trace:${uuid}`).replace(/=+$/, ""),
    createdAt: "2026-11-01T12:00:00Z",
    traceVersion: "1.0",
    source: "gsm8k",
    externalId: "natalia",
    promptHash: "ab".repeat(32),
    contentHash: "cd".repeat(32),
    group: "ab".repeat(32),
    prompt: "How many clips?",
    finalAnswer: "72",
    referenceAnswer: null,
    promptPreview: "How many clips?",
    finalAnswerPreview: "72",
    stepCount: 2,
    charCount: 120,
    meta: { reference_answer: "72" },
    steps: [storedStep(0, "48/2 = <<48/2=24>>24"), storedStep(1, "48+24 = <<48+24=72>>72")],
    scores: connection("Score", []),
    latestScores: [],
    producedBy: null,
    datasets: connection("Dataset", []),
    ...fields,
    uuid,
  };
}

/** Returns a step as the server answers with it. */
export function storedStep(index: number, content: string, scores: object[] = []): object {
  return { __typename: "Step", index, type: "calculation", content, scores };
}

/** Returns a score as the server answers with it. */
export function storedScore(id: string, fields: Record<string, unknown> = {}): object {
  return {
    __typename: "Score",
    id,
    scorer: "ann",
    scorerVersion: "1",
    kind: "HUMAN",
    score: 1,
    rationale: null,
    details: null,
    stepIndex: null,
    scoredAt: "2026-11-01T12:00:00Z",
    ...fields,
  };
}

/** Returns a connection with all of its rows on one page. */
export function connection(type: string, nodes: readonly object[]): object {
  return {
    __typename: `${type}Connection`,
    totalCount: nodes.length,
    edges: nodes.map((node, index) => ({ __typename: `${type}Edge`, cursor: `c${index}`, node })),
    pageInfo: { __typename: "PageInfo", hasNextPage: false, endCursor: null },
  };
}
