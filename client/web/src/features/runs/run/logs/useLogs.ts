import { useApolloClient } from "@apollo/client/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { graphql } from "../../../../gql/gql.ts";
import type { RunLogLineWhere } from "../../../../gql/graphql.ts";
import { type ShownError, shownErrors } from "../../../../shared/feedback/errors.ts";
import type { LogLine } from "../live/events.ts";
import type { Topic } from "../live/topic.ts";
import { appendLines, type LogFilter, type LogView, prependLines } from "./view.ts";

const LOGS = graphql(`
  query RunLogs($id: ID!, $where: RunLogLineWhere, $last: Int!, $isCounted: Boolean!) {
    run(id: $id) {
      id
      logs(where: $where, last: $last) {
        nodes {
          seq
          at
          attempt
          stream
          text
        }
        pageInfo {
          hasPreviousPage
        }
        totalCount @include(if: $isCounted)
      }
    }
  }
`);
const PAGE = 500;

/** A run's log as it is shown. */
export interface Logs {
  /** Undefined until the first lines are there; of the filter before while those of a new one are loaded. */
  view: LogView | undefined;
  errors: readonly ShownError[];
  loadOlder: () => void;
  retry: () => void;
}

/** Loads the newest lines that match a filter, older ones on demand, and adds the live ones. */
export function useLogs(id: string, filter: LogFilter, live: Topic<readonly LogLine[]>): Logs {
  const client = useApolloClient();
  const [view, setView] = useState<LogView>();
  const [errors, setErrors] = useState<readonly ShownError[]>([]);
  const [request, setRequest] = useState(filter);
  const isLoading = useRef(false);
  if (request.search !== filter.search || request.stream !== filter.stream) {
    setRequest(filter);
  }

  const load = useCallback(
    async (wanted: LogFilter, before?: number) => {
      const variables = { id, where: whereOf(wanted, before), last: PAGE, isCounted: before === undefined };
      const { data } = await client.query({ query: LOGS, variables, fetchPolicy: "no-cache" });
      return data?.run?.logs;
    },
    [client, id],
  );

  useEffect(() => {
    let isStopped = false;
    let waiting: LogLine[] | undefined = [];
    const stop = live.listen((lines) => {
      if (waiting === undefined) {
        setView((known) => known && appendLines(known, lines));
      } else {
        waiting.push(...lines);
      }
    });
    const show = async (): Promise<void> => {
      const found = await load(request);
      if (isStopped || found === undefined) {
        return;
      }
      const { nodes, pageInfo, totalCount = nodes.length } = found;
      setView(appendLines({ filter: request, lines: nodes, origin: 0, total: totalCount, hasOlder: pageInfo.hasPreviousPage }, waiting ?? []));
      setErrors([]);
      waiting = undefined;
    };
    show().catch((error: unknown) => !isStopped && setErrors(shownErrors(error)));
    return () => {
      isStopped = true;
      stop();
    };
  }, [load, request, live]);

  const loadOlder = useCallback(() => {
    const first = view?.lines[0]?.seq;
    if (view === undefined || first === undefined || !view.hasOlder || isLoading.current) {
      return;
    }
    isLoading.current = true;
    load(view.filter, first)
      .then((found) => found && setView((known) => known && prependedTo(known, view.filter, found.nodes, found.pageInfo.hasPreviousPage)))
      .catch((error: unknown) => setErrors(shownErrors(error)))
      .finally(() => {
        isLoading.current = false;
      });
  }, [load, view]);

  return { view, errors, loadOlder, retry: () => setRequest({ ...filter }) };
}

/** Older lines of another filter than the one that is shown by now are of no use. */
function prependedTo(view: LogView, filter: LogFilter, lines: readonly LogLine[], hasOlder: boolean): LogView {
  return view.filter === filter ? prependLines(view, lines, hasOlder) : view;
}

function whereOf({ search, stream }: LogFilter, before?: number): RunLogLineWhere {
  return {
    ...(search === "" ? {} : { search }),
    ...(stream === null ? {} : { stream: { eq: stream } }),
    ...(before === undefined ? {} : { seq: { lt: before } }),
  };
}
