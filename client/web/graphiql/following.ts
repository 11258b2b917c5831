import type { Observable } from "@graphiql/toolkit";
import type { Client, FormattedExecutionResult } from "graphql-ws";
import type { Resumption } from "./resumption.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Results shown at most; the newest ones stay. */
const SHOWN_MOST = 1000;
/** The codes by which the server says that it will not have this socket; GraphQL's own begin with 44. */
const REFUSALS = { from: 4400, to: 4499 };

interface Observer {
  next: (value: unknown) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

/** A subscription's results as one growing list, across every connection that it takes. */
export function follow(client: Client, resumption: Resumption): Observable<unknown> {
  const subscribe = (observer: Observer): { unsubscribe: () => void } => {
    const following = new Following(client, resumption, observer);
    following.connect();
    return { unsubscribe: () => following.stop() };
  };
  return { subscribe } as Observable<unknown>;
}

class Following {
  readonly #client: Client;
  readonly #resumption: Resumption;
  readonly #observer: Observer;
  readonly #results: FormattedExecutionResult[] = [];
  #leftOut = 0;
  #pause = FIRST_PAUSE_MS;
  #end: () => void = () => {};
  #stopped = false;

  constructor(client: Client, resumption: Resumption, observer: Observer) {
    this.#client = client;
    this.#resumption = resumption;
    this.#observer = observer;
  }

  /** Starts the subscription, or goes on with it. */
  connect(): void {
    const forget = this.#client.on("connected", () => this.#connected());
    const unsubscribe = this.#client.subscribe<Record<string, unknown>>(this.#resumption.payload(), {
      next: (result) => this.#received(result as FormattedExecutionResult),
      error: (reason) => {
        forget();
        this.#failed(reason);
      },
      complete: () => {
        forget();
        if (!this.#stopped) {
          this.#observer.complete();
        }
      },
    });
    this.#end = () => {
      forget();
      unsubscribe();
    };
  }

  /** Ends it, as the user asked. */
  stop(): void {
    this.#stopped = true;
    this.#end();
  }

  #connected(): void {
    if (this.#pause > FIRST_PAUSE_MS) {
      this.#show();
    }
    this.#pause = FIRST_PAUSE_MS;
  }

  #received(result: FormattedExecutionResult): void {
    this.#results.push(this.#resumption.received(result));
    if (this.#results.length > SHOWN_MOST) {
      this.#results.shift();
      this.#leftOut += 1;
    }
    this.#show();
  }

  #failed(reason: unknown): void {
    if (this.#stopped) {
      return;
    }
    if (!isLost(reason)) {
      this.#observer.next({ ...this.#shown(), ...refusal(reason) });
      this.#observer.complete();
      return;
    }
    this.#show("The connection to the server is lost. Trying again…");
    const timer = setTimeout(() => this.connect(), this.#pause);
    this.#end = () => clearTimeout(timer);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
  }

  #show(connection?: string): void {
    this.#observer.next(connection === undefined ? this.#shown() : { connection, ...this.#shown() });
  }

  #shown(): Record<string, unknown> {
    return this.#leftOut === 0 ? { events: this.#results } : { leftOut: this.#leftOut, events: this.#results };
  }
}

/** Whether a subscription ended because the server is away, and not because it was refused. */
function isLost(reason: unknown): boolean {
  if (reason instanceof CloseEvent) {
    return reason.code < REFUSALS.from || reason.code > REFUSALS.to;
  }
  return reason instanceof Event;
}

/** A refusal as a GraphQL answer shows it. */
function refusal(reason: unknown): { errors: unknown[] } {
  if (Array.isArray(reason)) {
    return { errors: reason };
  }
  const words = reason instanceof CloseEvent ? `The server closed the connection: ${reason.code} ${reason.reason}` : reason;
  return { errors: [{ message: words instanceof Error ? words.message : String(words) }] };
}
