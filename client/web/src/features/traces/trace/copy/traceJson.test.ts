import { expect, it } from "vitest";
import type { TraceToCopyQuery } from "../../../../gql/graphql.ts";
import { storedTrace } from "../../../../testing/traces.ts";
import { traceJson } from "./traceJson.ts";

const copyOf = (fields: object): unknown => traceJson(storedTrace({ ...fields }) as unknown as TraceToCopyQuery["trace"]);

it("keeps a group that is not that of the prompt, so that an import puts the trace into it again", () => {
  expect(copyOf({ group: "sums/1" })).toHaveProperty("group", "sums/1");
  expect(copyOf({ group: "ab".repeat(32) })).not.toHaveProperty("group");
});
