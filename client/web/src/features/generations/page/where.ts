/** Returns the filter of the answers of a generation, as JSON. */
export function answersWhere(uuid: string): string {
  return JSON.stringify({ producedBy: { generationId: { eq: uuid } } });
}

/** Returns the filter of the answers of a generation by their latest score of a scorer, as JSON. */
export function scoreWhere(uuid: string, scorer: string, score: { lt: number } | { gte: number }): string {
  const latest = { scorer: { eq: scorer }, stepIndex: { isNull: true }, latest: true, score };
  return JSON.stringify({ producedBy: { generationId: { eq: uuid } }, scores: { some: latest } });
}
