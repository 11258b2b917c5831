import type { RunParametersFragment } from "../../../../../gql/graphql.ts";

/** The training parameters of a run that has any. */
export type Config = NonNullable<RunParametersFragment["config"]>;
