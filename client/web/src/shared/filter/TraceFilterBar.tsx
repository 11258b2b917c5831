import { useLazyQuery } from "@apollo/client/react";
import { type ReactElement, useMemo } from "react";
import { graphql } from "../../gql/gql.ts";
import type { FilterSuggestionsQuery } from "../../gql/graphql.ts";
import { FilterBar } from "./FilterBar.tsx";
import type { Where } from "./model/clauses.ts";
import { TRACE_SHAPE } from "./model/shapes.ts";
import { NO_SUGGESTIONS, type Suggestions } from "./suggestions.ts";

const SUGGESTIONS = graphql(`
  query FilterSuggestions {
    sources {
      source
    }
    metaPaths(first: 200) {
      path
      examples
    }
    scorersInUse {
      scorer
    }
    datasets(first: 100) {
      edges {
        node {
          id
          key
          name
        }
      }
    }
  }
`);

/** The filter bar for traces, which suggests the sources, metadata, scorers and datasets that are stored. */
export function TraceFilterBar({ where, onChange }: { where: Where; onChange: (where: Where) => void }): ReactElement {
  const [load, { data, called }] = useLazyQuery(SUGGESTIONS);
  const suggestions = useMemo(() => (data === undefined ? NO_SUGGESTIONS : suggestionsOf(data)), [data]);
  const onEdit = (): void => {
    if (!called) {
      // Without an answer nothing is suggested.
      void load().catch(() => {});
    }
  };
  return <FilterBar shape={TRACE_SHAPE} where={where} onChange={onChange} suggestions={suggestions} onEdit={onEdit} />;
}

function suggestionsOf({ sources, metaPaths, scorersInUse, datasets }: FilterSuggestionsQuery): Suggestions {
  const names = datasets.edges.map(({ node }) => node);
  return {
    values: {
      "TraceWhere.source": sources.flatMap(({ source }) => source ?? []),
      "ScoreWhere.scorer": scorersInUse.map(({ scorer }) => scorer),
      "DatasetWhere.key": names.map(({ key }) => key),
      "DatasetWhere.name": [...new Set(names.map(({ name }) => name))],
    },
    metaPaths,
  };
}
