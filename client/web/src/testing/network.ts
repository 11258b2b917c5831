import { graphql, HttpResponse, type HttpHandler, type GraphQLHandler } from "msw";
import { setupServer } from "msw/node";

/** A fake of the server for the tests of components. */
export const network = setupServer();

type Variables = Record<string, unknown>;

/** Answers an operation, by its name, with data or with what a function makes of its variables. */
export function answer(operation: string, data: object | ((variables: Variables) => object)): void {
  network.use(
    graphql.operation(({ operationName, variables }) => {
      if (operationName !== operation) {
        return undefined;
      }
      const found = typeof data === "function" ? (data as (variables: Variables) => object)(variables) : data;
      return HttpResponse.json({ data: found as never });
    }),
  );
}

/** Answers an operation with data as soon as the returned function is called. */
export function answerLater(operation: string, data: object): () => void {
  let send: (() => void) | undefined;
  const sent = new Promise<void>((resolve) => {
    send = resolve;
  });
  network.use(
    graphql.operation(async ({ operationName }) => {
      if (operationName !== operation) {
        return undefined;
      }
      await sent;
      return HttpResponse.json({ data: data as never });
    }),
  );
  return () => send?.();
}

/** Answers requests of an operation one by one, when a test gives their answers; `asked` are the variables of all. */
export function answerInTurn(operation: string): { asked: Variables[]; reply: (place: number, data: object) => void } {
  const asked: Variables[] = [];
  const waiting: ((data: object) => void)[] = [];
  network.use(
    graphql.operation(async ({ operationName, variables }) => {
      if (operationName !== operation) {
        return undefined;
      }
      asked.push(variables);
      const data = await new Promise<object>((resolve) => void waiting.push(resolve));
      return HttpResponse.json({ data: data as never });
    }),
  );
  return { asked, reply: (place, data) => waiting[place]?.(data) };
}

/** Refuses an operation with a coded error. */
export function refuse(operation: string, code: string, message: string, requestId = "req-1"): void {
  const errors = [{ message, extensions: { code, requestId } }];
  network.use(
    graphql.operation(({ operationName }) => (operationName === operation ? HttpResponse.json({ errors }) : undefined)),
  );
}

/** Adds other handlers, such as for downloads. */
export function use(...handlers: (HttpHandler | GraphQLHandler)[]): void {
  network.use(...handlers);
}
