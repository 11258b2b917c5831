import { useQuery } from "@apollo/client/react";
import { useDebouncedValue } from "@mantine/hooks";
import { graphql } from "../../gql/gql.ts";
import type { PaletteFindQuery, PaletteSearchQuery } from "../../gql/graphql.ts";
import type { Command } from "./commands.ts";

const FIND = graphql(`
  query PaletteFind($text: String!, $id: ID!, $isId: Boolean!) {
    node(id: $id) @include(if: $isId) {
      kind: __typename
      ... on Trace {
        id
        uuid
        promptPreview
      }
      ... on Dataset {
        id
        key
      }
      ... on Run {
        id
        uuid
        outputName
      }
      ... on Score {
        id
        scorer
        trace {
          id
          uuid
        }
      }
    }
    datasets(where: { or: [{ key: { contains: $text } }, { name: { contains: $text } }] }, first: 5) {
      edges {
        node {
          id
          key
        }
      }
    }
    runs(where: { outputName: { contains: $text } }, first: 5) {
      edges {
        node {
          id
          uuid
          outputName
          modelId
        }
      }
    }
    named: traces(where: { externalId: { eq: $text } }, first: 5) {
      edges {
        node {
          id
          uuid
          promptPreview
        }
      }
    }
  }
`);

const SEARCH = graphql(`
  query PaletteSearch($text: String!) {
    traces(where: { search: $text }, first: 5) {
      edges {
        node {
          id
          uuid
          promptPreview
        }
      }
    }
  }
`);

/** A UUID, or base64url of at least `Run:` and one. */
const ID = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[\w-]{52,80})$/i;
const PAUSE_MS = 150;
const SHORTEST = 2;

/** Finds the records that a text names: by id, UUID, key or name, and traces by their words. */
export function useRecords(typed: string, go: (path: string) => void): { records: Command[]; isLoading: boolean } {
  const [text] = useDebouncedValue(typed.trim(), PAUSE_MS);
  const skip = text.length < SHORTEST;
  const found = useQuery(FIND, { variables: { text, id: text, isId: ID.test(text) }, skip, errorPolicy: "all" });
  const searched = useQuery(SEARCH, { variables: { text }, skip: skip || ID.test(text), errorPolicy: "all" });
  const places = skip ? [] : [...foundPlaces(found.data), ...tracePlaces(searched.data?.traces)];
  const unique = new Map(places.map((place) => [place.path, place]));
  return {
    records: [...unique.values()].map(({ path, kind, label, note }) => ({ id: path, group: kind, label, note, run: () => go(path) })),
    isLoading: typed.trim() !== text || found.loading || searched.loading,
  };
}

interface Place {
  path: string;
  kind: string;
  label: string;
  note: string;
}

function foundPlaces(data: PaletteFindQuery | undefined): Place[] {
  if (data === undefined) {
    return [];
  }
  return [
    ...nodePlace(data.node),
    ...(data.datasets?.edges ?? []).map(({ node: { key } }) => dataset(key)),
    ...(data.runs?.edges ?? []).map(({ node: { uuid, outputName, modelId } }) => run(uuid, outputName, modelId)),
    ...tracePlaces(data.named),
  ];
}

function nodePlace(node: PaletteFindQuery["node"]): Place[] {
  switch (node?.kind) {
    case "Trace":
      return [trace(node.uuid, node.promptPreview)];
    case "Dataset":
      return [dataset(node.key)];
    case "Run":
      return [run(node.uuid, node.outputName, "")];
    case "Score":
      return [{ ...trace(node.trace.uuid, `Score of ${node.scorer}`), note: "on its trace" }];
    default:
      return [];
  }
}

function tracePlaces(found: PaletteSearchQuery["traces"] | undefined): Place[] {
  return (found?.edges ?? []).map(({ node: { uuid, promptPreview } }) => trace(uuid, promptPreview));
}

function trace(uuid: string, prompt: string): Place {
  return { path: `/traces/${uuid}`, kind: "Traces", label: prompt === "" ? "(empty prompt)" : prompt, note: "" };
}

function dataset(key: string): Place {
  return { path: `/datasets/${encodeURIComponent(key)}`, kind: "Datasets", label: key, note: "" };
}

function run(uuid: string, name: string | null, model: string): Place {
  return { path: `/runs/${uuid}`, kind: "Runs", label: name ?? uuid, note: model };
}
