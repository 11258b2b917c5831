import { graphql } from "../../../gql/gql.ts";
import type { GenerateUngarTracesMutation } from "../../../gql/graphql.ts";
import type { Json } from "../../../shared/json.ts";

export const GENERATE = graphql(`
  mutation GenerateUngarTraces($input: GenerateUngarTracesInput!) {
    generateUngarTraces(input: $input) {
      count
      traces {
        id
        uuid
        meta
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** The generated traces. */
export type Generated = GenerateUngarTracesMutation["generateUngarTraces"];

/** The most episodes that the form plays at once. */
export const COUNT_MAX = 100;
const SEED_MAX = 2 ** 31 - 1;

/** The values of the form: numbers, or texts that are not numbers yet. */
export interface Wanted {
  count: number | string;
  seed: number | string;
}

/** Returns the message beside each field that has no acceptable value. */
export function wrongFields({ count, seed }: Wanted): Partial<Record<keyof Wanted, string>> {
  const wrong: Partial<Record<keyof Wanted, string>> = {};
  if (!isWithin(count, 1, COUNT_MAX)) {
    wrong.count = `count must be a whole number between 1 and ${COUNT_MAX}`;
  }
  if (seed !== "" && !isWithin(seed, 0, SEED_MAX)) {
    wrong.seed = `seed must be empty or a whole number between 0 and ${SEED_MAX}`;
  }
  return wrong;
}

function isWithin(value: number | string, least: number, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

/** One episode as its row shows it. */
export interface Episode {
  game: string;
  result: string;
  card: string;
  opponentCard: string;
}

/** Reads an episode from its trace's metadata. */
export function episodeOf(meta: Json | null): Episode {
  const textOf = (name: string): string => {
    const value = meta !== null && typeof meta === "object" && !Array.isArray(meta) ? meta[name] : undefined;
    return typeof value === "string" ? value : "";
  };
  return { game: textOf("game").replaceAll("_", " "), result: textOf("result"), card: textOf("my_card"), opponentCard: textOf("opponent_card") };
}
