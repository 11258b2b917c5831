/** A trace as people name it. */
export type TraceReference = { id: string } | { source: string; externalId: string };

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;
const ID = /^[\w-]{40,80}$/;

/** Reads an `id`, a UUID, the address of a trace's page, or `source#externalId`; undefined if it is none of them. */
export function parseReference(text: string): TraceReference | undefined {
  const given = text.trim();
  const uuid = UUID.exec(given)?.[0];
  if (uuid !== undefined && (uuid.length === given.length || given.includes("/traces/"))) {
    return { id: uuid.toLowerCase() };
  }
  const place = given.indexOf("#");
  if (place > 0 && place < given.length - 1) {
    return { source: given.slice(0, place), externalId: given.slice(place + 1) };
  }
  return ID.test(given) ? { id: given } : undefined;
}

export const REFERENCE_HINT = "Id, UUID, address of its page, or source#externalId";
