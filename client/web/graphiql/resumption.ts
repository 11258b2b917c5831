import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type ValueNode,
} from "graphql";
import type { FormattedExecutionResult, SubscribePayload } from "graphql-ws";

/** The field of an event that each subscription takes as `after`, to resume after it. */
const PLACES: Readonly<Record<string, string>> = {
  traceCreated: "id",
  evaluationEvents: "seq",
  exportEvents: "seq",
  generationEvents: "seq",
  runEvents: "seq",
};
/** The key under which the page asks for that field, and which it does not show. */
const MARK = "_resume";

type Event = Record<string, unknown>;

/** A subscription that can be sent again, so that it resumes where it was cut off. */
export class Resumption {
  readonly #sent: SubscribePayload;
  readonly #document: DocumentNode;
  readonly #operation: OperationDefinitionNode;
  readonly #field: FieldNode | undefined;
  #place: string | number | undefined;

  constructor(sent: SubscribePayload, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#sent = sent;
    this.#document = document;
    this.#operation = operation;
    const [field] = operation.selectionSet.selections;
    this.#field = field?.kind === Kind.FIELD && field.name.value in PLACES ? field : undefined;
  }

  /** The place after which it resumes; undefined if it starts with the next event. */
  get place(): string | number | undefined {
    return this.#place;
  }

  /** The operation to send now: with `after`, once an event was received. */
  payload(): SubscribePayload {
    const field = this.#field;
    if (field === undefined) {
      return this.#sent;
    }
    const given = field.arguments?.find((argument) => argument.name.value === "after");
    const variable = given?.value.kind === Kind.VARIABLE ? given.value.name.value : undefined;
    const place = this.#place;
    if (place === undefined || variable !== undefined) {
      const variables = place === undefined || variable === undefined ? {} : { [variable]: place };
      return { ...this.#sent, query: this.#printed(markField(field)), variables: { ...this.#sent.variables, ...variables } };
    }
    const others = (field.arguments ?? []).filter((argument) => argument !== given);
    return { ...this.#sent, query: this.#printed(markField({ ...field, arguments: [...others, after(place)] })) };
  }

  /** Remembers the place of a result's last event, and gives the result as the user asked for it. */
  received(result: FormattedExecutionResult): FormattedExecutionResult {
    const key = this.#field?.alias?.value ?? this.#field?.name.value;
    const value = key === undefined ? undefined : (result.data as Record<string, unknown> | null | undefined)?.[key];
    for (const event of (Array.isArray(value) ? value : [value]) as (Event | null | undefined)[]) {
      const place = event?.[MARK];
      if (typeof place === "string" || typeof place === "number") {
        this.#place = place;
      }
      delete event?.[MARK];
    }
    return result;
  }

  #printed(field: FieldNode): string {
    const [, ...others] = this.#operation.selectionSet.selections;
    const selectionSet = { ...this.#operation.selectionSet, selections: [field as SelectionNode, ...others] };
    const operation = { ...this.#operation, selectionSet };
    const definitions = this.#document.definitions.map((node) => (node === this.#operation ? operation : node));
    return print({ ...this.#document, definitions });
  }
}

/** A root field that also asks for its place. */
function markField(field: FieldNode): FieldNode {
  const place = PLACES[field.name.value];
  if (place === undefined || field.selectionSet === undefined) {
    return field;
  }
  const mark: FieldNode = { kind: Kind.FIELD, alias: nameNode(MARK), name: nameNode(place) };
  return { ...field, selectionSet: { ...field.selectionSet, selections: [...field.selectionSet.selections, mark] } };
}

function after(place: string | number): ArgumentNode {
  const value: ValueNode =
    typeof place === "number" ? { kind: Kind.INT, value: String(place) } : { kind: Kind.STRING, value: place };
  return { kind: Kind.ARGUMENT, name: nameNode("after"), value };
}

function nameNode(value: string): { kind: Kind.NAME; value: string } {
  return { kind: Kind.NAME, value };
}
