import { ApolloLink } from "@apollo/client";
import { OperationTypeNode } from "graphql";
import { concatMap, defer, type Observable, of, tap } from "rxjs";
import { changesSoFar, countChange } from "../../shared/live/changes.ts";

/** The maximum number of times that a query is sent again. */
const REPEATS_MAX = 3;

/**
 * Sends a query again that was in flight when a mutation was answered, or when a subscription reported a change: its
 * answer may be older, and would put the state before it back on the screen. A query that joins an equal one in
 * flight gets an answer that is newer than the mutation before it.
 */
export function freshness(): ApolloLink {
  return new ApolloLink((operation, forward) => {
    if (operation.operationType === OperationTypeNode.MUTATION) {
      return forward(operation).pipe(tap(operation.getContext()["isUnseen"] === true ? {} : { next: countChange, error: countChange }));
    }
    const ask = (repeats: number): Observable<ApolloLink.Result> =>
      defer(() => {
        const before = changesSoFar();
        const isOvertaken = (): boolean => changesSoFar() !== before && repeats > 0;
        return forward(operation).pipe(concatMap((result) => (isOvertaken() ? ask(repeats - 1) : of(result))));
      });
    return ask(REPEATS_MAX);
  });
}
