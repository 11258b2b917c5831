/** Something with a mean and its interval, such as a candidate of an evaluation. */
export interface Estimate {
  uuid: string;
  mean: number | null;
  low: number | null;
  high: number | null;
}

/** Rows that do not differ significantly: from one place to another, with the places within it that belong to it. */
export interface Bracket {
  from: number;
  to: number;
  members: readonly number[];
}

/** Returns estimates with the highest mean first, those without one last. */
export function byMean<Row extends Estimate>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (b.mean ?? Number.NEGATIVE_INFINITY) - (a.mean ?? Number.NEGATIVE_INFINITY));
}

/** Returns the brackets of groups of rows, by their UUIDs; a row that is alone has none. */
export function bracketsOf(rows: readonly Estimate[], groups: readonly (readonly string[])[]): Bracket[] {
  const places = new Map(rows.map(({ uuid }, place) => [uuid, place]));
  return groups.flatMap((group) => {
    const members = group.flatMap((uuid) => places.get(uuid) ?? []).toSorted((a, b) => a - b);
    const [from, to] = [members[0], members.at(-1)];
    return from === undefined || to === undefined || from === to ? [] : [{ from, to, members }];
  });
}

/** Returns the largest runs of adjacent rows of which no two differ significantly. */
export function equalRuns(rows: readonly Estimate[], differ: (a: string, b: string) => boolean): string[][] {
  const ids = rows.map(({ uuid }) => uuid);
  const runs = ids.map((_, start) => {
    const end = ids.findIndex((id, place) => place > start && ids.slice(start, place).some((other) => differ(other, id)));
    return ids.slice(start, end < 0 ? ids.length : end);
  });
  // A run that ends where the one before it does is a part of it.
  return runs.filter((run, place) => run.at(-1) !== runs[place - 1]?.at(-1));
}

/** Returns the ends of an axis that shows all intervals: round, and within the least and most that scores usually have. */
export function axisOf(rows: readonly Estimate[]): [number, number] {
  const lows = rows.flatMap(({ low }) => low ?? []);
  const highs = rows.flatMap(({ high }) => high ?? []);
  const [low, high] = [Math.min(...lows, 1), Math.max(...highs, 0)];
  if (lows.length === 0) {
    return [0, 1];
  }
  const room = Math.max(0.02, (high - low) * 0.1);
  const isShare = low >= 0 && high <= 1;
  const [from, to] = [low - room, high + room];
  return isShare ? [Math.max(0, Math.floor(from * 20) / 20), Math.min(1, Math.ceil(to * 20) / 20)] : [from, to];
}
