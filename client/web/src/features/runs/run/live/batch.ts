/** Collects items and delivers them together. */
export interface Batch<Item> {
  add: (items: readonly Item[]) => void;
  /** Delivers what has been collected at once. */
  flush: () => void;
}

/** Time between two deliveries. A timer and not an animation frame: those rest while the tab is hidden, events do not. */
const PAUSE_MS = 50;

/** Returns a batch that delivers at most twenty times a second, however often something is added. */
export function createBatch<Item>(deliver: (items: readonly Item[]) => void, pause = PAUSE_MS): Batch<Item> {
  let waiting: Item[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const items = waiting;
    waiting = [];
    if (items.length > 0) {
      deliver(items);
    }
  };
  return {
    add: (items) => {
      waiting = waiting.length === 0 ? [...items] : waiting.concat(items);
      timer ??= setTimeout(flush, pause);
    },
    flush,
  };
}
