import type { GraphQLCodegenDataMasking } from "@apollo/client/masking";

// Fields of a fragment are readable only through `useFragment` in the component that the fragment belongs to.
declare module "@apollo/client" {
  export interface TypeOverrides extends GraphQLCodegenDataMasking.TypeOverrides {}
}
