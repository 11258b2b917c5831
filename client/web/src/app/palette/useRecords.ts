import { useQuery } from "@apollo/client/react";
import { useDebouncedValue } from "@mantine/hooks";
import { useViewer } from "../../shared/session/viewer.ts";
import type { Command } from "./commands.ts";
import { FIND, SEARCH } from "./documents.ts";
import { foundPlaces, tracePlaces } from "./places.ts";

/** A UUID, or base64url of at least `Run:` and one. */
const ID = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[\w-]{52,80})$/i;
const PAUSE_MS = 150;
const SHORTEST = 2;
/** A record may have been made or deleted since the same text was searched for. */
const ASKED_EACH_TIME = { errorPolicy: "all", fetchPolicy: "cache-and-network" } as const;

/** Finds the records that a text names: by id, UUID, key or name, and traces by their words. */
export function useRecords(typed: string, go: (path: string) => void): { records: Command[]; isLoading: boolean } {
  const [text] = useDebouncedValue(typed.trim(), PAUSE_MS);
  const skip = text.length < SHORTEST;
  const isAdmin = useViewer()?.scopes.includes("ADMIN") ?? false;
  const found = useQuery(FIND, { variables: { text, id: text, isId: ID.test(text), isAdmin }, skip, ...ASKED_EACH_TIME });
  const searched = useQuery(SEARCH, { variables: { text }, skip: skip || ID.test(text), ...ASKED_EACH_TIME });
  const places = skip ? [] : [...foundPlaces(found.data), ...tracePlaces(searched.data?.traces)];
  const unique = new Map(places.map((place) => [place.path, place]));
  return {
    records: [...unique.values()].map(({ path, kind, label, note }) => ({ id: path, group: kind, label, note, run: () => go(path) })),
    isLoading: typed.trim() !== text || found.loading || searched.loading,
  };
}
