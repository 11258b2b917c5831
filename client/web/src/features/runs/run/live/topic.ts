/** Passes messages to the current listeners. */
export class Topic<Message> {
  readonly #listeners = new Set<(message: Message) => void>();

  /** Listens to the messages to come; returns how to stop. */
  listen(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  send(message: Message): void {
    for (const listener of this.#listeners) {
      listener(message);
    }
  }
}
