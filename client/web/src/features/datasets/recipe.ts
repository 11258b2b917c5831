import type { DatasetStrategy, TraceOrder, TraceOrderField } from "../../gql/graphql.ts";

/** The recipe of a new dataset, apart from its filter. */
export interface RecipeForm {
  strategy: DatasetStrategy;
  seed: number | string;
  /** Empty for no limit. */
  limit: number | string;
  field: TraceOrderField;
  direction: "ASC" | "DESC";
}

export const STRATEGIES: readonly { value: DatasetStrategy; label: string; about: string }[] = [
  { value: "LATEST", label: "First in order", about: "The first traces in the order: the newest, unless another order is chosen." },
  {
    value: "RANDOM",
    label: "Random, stable",
    about: "The traces with the lowest hashes under the seed. A higher limit only adds members; later traces change little.",
  },
  {
    value: "RANDOM_SAMPLE",
    label: "Random, as Python samples",
    about: "What random.Random(seed).sample takes. Adding or removing one trace changes the whole sample.",
  },
];

export const ORDER_FIELDS: readonly { value: TraceOrderField; label: string }[] = [
  { value: "CREATED_AT", label: "Created" },
  { value: "STEP_COUNT", label: "Steps" },
  { value: "CHAR_COUNT", label: "Characters" },
  { value: "SOURCE", label: "Source" },
  { value: "EXTERNAL_ID", label: "External ID" },
  { value: "ID", label: "Id" },
];

export const LIMIT_MAX = 10_000_000;

/** Reads a recipe from an address; what cannot be read is as it is at first. */
export function recipeOf(params: URLSearchParams): RecipeForm {
  const [name, direction] = (params.get("order") ?? "").split(":");
  return {
    strategy: STRATEGIES.find(({ value }) => value === params.get("strategy"))?.value ?? "LATEST",
    seed: numberOf(params.get("seed")) ?? 0,
    limit: numberOf(params.get("limit")) ?? "",
    field: ORDER_FIELDS.find(({ value }) => value === name)?.value ?? "CREATED_AT",
    direction: direction === "asc" ? "ASC" : "DESC",
  };
}

/** Returns the parts of the address that a recipe differs in from the first one. */
export function recipeParams(form: RecipeForm): Record<string, string> {
  const isRandom = form.strategy !== "LATEST";
  const isUsualOrder = form.field === "CREATED_AT" && form.direction === "DESC";
  return {
    strategy: isRandom ? form.strategy : "",
    seed: isRandom && form.seed !== 0 ? String(form.seed) : "",
    limit: String(form.limit),
    order: isUsualOrder ? "" : `${form.field}:${form.direction.toLowerCase()}`,
  };
}

/** Returns the order as the server takes it; none for the usual one, newest first. */
export function orderOf({ field, direction }: RecipeForm): TraceOrder[] | undefined {
  return field === "CREATED_AT" && direction === "DESC" ? undefined : [{ field, direction }];
}

/** Returns the recipe's part of `CreateDatasetInput`. */
export function recipeInput(form: RecipeForm): { strategy: DatasetStrategy; seed?: number; limit?: number; orderBy?: TraceOrder[] } {
  const orderBy = orderOf(form);
  return {
    strategy: form.strategy,
    ...(form.strategy !== "LATEST" && { seed: Number(form.seed) }),
    ...(form.limit !== "" && { limit: Number(form.limit) }),
    ...(orderBy && { orderBy }),
  };
}

/** Describes in words which of the matching traces become members. */
export function choiceText({ strategy, limit, field, direction }: RecipeForm, matching: number): string {
  const taken = limit === "" ? matching : Math.min(matching, Number(limit));
  if (taken === matching) {
    return "all of them become members";
  }
  const count = taken.toLocaleString("en");
  if (strategy !== "LATEST") {
    return `${count} of them, chosen at random, become members`;
  }
  const isNewest = field === "CREATED_AT" && direction === "DESC";
  return `the ${isNewest ? "newest" : "first"} ${count} of them become members`;
}

function numberOf(text: string | null): number | undefined {
  return text === null || text.trim() === "" || !Number.isSafeInteger(Number(text)) ? undefined : Number(text);
}
