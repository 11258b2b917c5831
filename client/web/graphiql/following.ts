import type { Observable } from "@graphiql/toolkit";
import type { Client, FormattedExecutionResult } from "graphql-ws";
import type { Resumption } from "./resumption.ts";

const CONNECTED = "connected";
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 3_000;
/** Results shown at most; the newest ones stay. */
const SHOWN_MOST = 1000;
/** The codes by which the server refuses a socket; GraphQL's own begin with 44. */
const REFUSALS = { from: 4400, to: 4499 };

interface Observer {
  next: (value: unknown) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

/**
 * A subscription's results as one growing list below its state, across every connection that it takes.
 *
 * The state is "connecting", "connected", "reconnecting" with the place after which it resumes, or "ended" with the reason.
 */
export function follow(client: Client, isOpen: () => boolean, resumption: Resumption): Observable<unknown> {
  const subscribe = (observer: Observer): { unsubscribe: () => void } => {
    const following = new Following(client, resumption, observer);
    following.connect(isOpen() ? CONNECTED : "connecting");
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
  #state = "";
  #stopped = false;

  constructor(client: Client, resumption: Resumption, observer: Observer) {
    this.#client = client;
    this.#resumption = resumption;
    this.#observer = observer;
  }

  /** Starts or resumes the subscription. */
  connect(state: string): void {
    this.#show(state);
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
          this.#show("ended: the server has sent everything");
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
    // GraphiQL is still in the midst of stopping.
    queueMicrotask(() => this.#show("ended: stopped here"));
  }

  #connected(): void {
    this.#show(CONNECTED);
    this.#pause = FIRST_PAUSE_MS;
  }

  #received(result: FormattedExecutionResult): void {
    this.#results.push(this.#resumption.received(result));
    if (this.#results.length > SHOWN_MOST) {
      this.#results.shift();
      this.#leftOut += 1;
    }
    this.#show(CONNECTED);
  }

  #failed(reason: unknown): void {
    if (this.#stopped) {
      return;
    }
    if (!isLost(reason)) {
      this.#state = "ended: the server refused it";
      this.#observer.next({ ...this.#shown(), ...refusal(reason) });
      this.#observer.complete();
      return;
    }
    const { place } = this.#resumption;
    const state = `reconnecting${place === undefined ? "" : ` after ${place}`}: the connection to the server is lost`;
    this.#show(state);
    const timer = setTimeout(() => this.connect(state), this.#pause);
    this.#end = () => clearTimeout(timer);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
  }

  #show(state: string): void {
    this.#state = state;
    this.#observer.next(this.#shown());
  }

  #shown(): Record<string, unknown> {
    const leftOut = this.#leftOut === 0 ? {} : { leftOut: this.#leftOut };
    return { subscription: this.#state, ...leftOut, events: this.#results };
  }
}

/** Whether a subscription ended because the server is unreachable, and not because it was refused. */
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
  const words = reason instanceof CloseEvent ? `The server closed the connection: ${reason.reason || reason.code}` : reason;
  return { errors: [{ message: words instanceof Error ? words.message : String(words) }] };
}
