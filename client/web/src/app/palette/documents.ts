import { graphql } from "../../gql/gql.ts";

/** The record of an id or UUID, and those of a key or name. */
export const FIND = graphql(`
  query PaletteFind($text: String!, $id: ID!, $isId: Boolean!, $isAdmin: Boolean!) {
    node(id: $id) @include(if: $isId) {
      kind: __typename
      ... on Trace {
        ...FoundTrace @unmask
      }
      ... on Dataset {
        id
        key
      }
      ... on Run {
        id
        uuid
        outputName
        modelId
      }
      ... on Generation {
        ...FoundGeneration @unmask
      }
      ... on Evaluation {
        ...FoundEvaluation @unmask
      }
      ... on EvaluationCandidate {
        id
        evaluation {
          ...FoundEvaluation @unmask
        }
      }
      ... on Score {
        id
        scorer
        trace {
          id
          uuid
        }
      }
      ... on SavedView {
        ...FoundView @unmask
      }
      ... on ApiKey {
        ...FoundKey @unmask
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
    generations(where: { modelId: { contains: $text } }, first: 5) {
      edges {
        node {
          ...FoundGeneration @unmask
        }
      }
    }
    evaluations(where: { name: { contains: $text } }, first: 5) {
      edges {
        node {
          ...FoundEvaluation @unmask
        }
      }
    }
    savedViews(where: { name: { contains: $text } }, first: 5) {
      edges {
        node {
          ...FoundView @unmask
        }
      }
    }
    keys(where: { name: { contains: $text } }, first: 5) @include(if: $isAdmin) {
      edges {
        node {
          ...FoundKey @unmask
        }
      }
    }
    traceGroup(key: $text) {
      key
      promptPreview
    }
    named: traces(where: { externalId: { eq: $text } }, first: 5) {
      edges {
        node {
          ...FoundTrace @unmask
        }
      }
    }
  }
  fragment FoundTrace on Trace {
    id
    uuid
    promptPreview
  }
  fragment FoundGeneration on Generation {
    id
    uuid
    modelId
    createdAt
  }
  fragment FoundEvaluation on Evaluation {
    id
    uuid
    name
    datasetKey
  }
  fragment FoundKey on ApiKey {
    id
    uuid
    name
    prefix
  }
  fragment FoundView on SavedView {
    id
    page
    name
    search
  }
`);

/** The traces that have the words of a text. */
export const SEARCH = graphql(`
  query PaletteSearch($text: String!) {
    traces(where: { search: $text }, first: 5) {
      edges {
        node {
          ...FoundTrace @unmask
        }
      }
    }
  }
`);
