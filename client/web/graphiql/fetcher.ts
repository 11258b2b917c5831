import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { type DocumentNode, Kind, type OperationDefinitionNode, OperationTypeNode, parse } from "graphql";
import { createClient } from "graphql-ws";
import { follow } from "./following.ts";
import { Resumption } from "./resumption.ts";

const INTROSPECTION = "IntrospectionQuery";

interface Introspection {
  data?: { __schema?: { types: { name: string }[] } };
}

/** Sends the page's operations: queries and mutations by POST, subscriptions by one WebSocket that opens with the first. */
export function fetcherFor(page: string): Fetcher {
  const endpoint = endpointBeside(page);
  const fetcher = createGraphiQLFetcher({
    url: endpoint.href,
    fetch: fetchGraphQL,
    enableIncrementalDelivery: false,
    headers: { accept: "application/graphql-response+json, application/json;q=0.9" },
  });
  // Retries are the page's own, since they resume after the last event.
  const client = createClient({ url: socketUrl(endpoint), lazy: true, retryAttempts: 0 });
  let isOpen = false;
  client.on("connected", () => (isOpen = true));
  client.on("closed", () => (isOpen = false));
  return (parameters, options) => {
    const document = parseDocument(parameters.query);
    if (document === undefined) {
      return fetcher(parameters, options);
    }
    // For a moment after a change of tabs, GraphiQL still names the operation of the tab before.
    const operationName = namesOf(document).find((name) => name === parameters.operationName);
    const operation = operationOf(document, operationName);
    if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
      const sent = { query: parameters.query, variables: parameters.variables as Record<string, unknown>, operationName };
      return follow(client, () => isOpen, new Resumption(sent, document, operation)) as ReturnType<Fetcher>;
    }
    const answer = fetcher({ ...parameters, operationName }, { ...options, documentAST: document });
    return operationName === INTROSPECTION ? sortTypes(answer as Promise<Introspection>) : answer;
  };
}

/** The schema with its types by name, as the documentation lists them. */
async function sortTypes(answer: Promise<Introspection>): Promise<Introspection> {
  const result = await answer;
  const { __schema: schema } = result.data ?? {};
  schema?.types.sort((one, other) => one.name.localeCompare(other.name));
  return result;
}

/** The GraphQL endpoint beside a page: `/x/graphql` for `/x/graphiql/`. */
function endpointBeside(page: string): URL {
  return new URL("../graphql", page);
}

/** The same endpoint for WebSockets. */
function socketUrl(endpoint: URL): string {
  const url = new URL(endpoint);
  url.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** The document of a text; undefined if it is none, which the server explains best. */
function parseDocument(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

function namesOf(document: DocumentNode): (string | undefined)[] {
  return document.definitions.map((node) => (node.kind === Kind.OPERATION_DEFINITION ? node.name?.value : undefined));
}

/** The operation of a name, or the only one; undefined if it is ambiguous, which the server reports. */
function operationOf(document: DocumentNode, name: string | undefined): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const found = operations.filter((node) => name === undefined || node.name?.value === name);
  return found.length === 1 ? found[0] : undefined;
}

/** `fetch`, but an answer that is not GraphQL becomes one: an error that describes it. */
async function fetchGraphQL(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(input, init);
  } catch (error) {
    return asGraphQLError(`The server cannot be reached: ${String(error)}`);
  }
  if (response.status === 401) {
    const client = new URL("./", endpointBeside(location.href)).href;
    return asGraphQLError(
      `This server asks for an API key. Sign in at ${client} and ask again, or enter the header {"Authorization": "Bearer trt_…"} under Headers.`,
      "UNAUTHENTICATED",
    );
  }
  const media = response.headers.get("content-type") ?? "no content type";
  if (/^application\/([\w.-]+\+)?json\b/i.test(media)) {
    return response;
  }
  const excerpt = (await response.text()).trim().slice(0, 500);
  const status = `${response.status} ${response.statusText}`.trim();
  return asGraphQLError(`Not a GraphQL answer, but ${status} (${media})${excerpt && `: ${excerpt}`}`);
}

function asGraphQLError(message: string, code?: string): Response {
  return Response.json({ errors: [{ message, ...(code === undefined ? {} : { extensions: { code } }) }] });
}
