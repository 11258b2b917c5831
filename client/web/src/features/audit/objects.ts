import { whole } from "../../shared/format/numbers.ts";

interface Acted {
  action: string;
  objectType: string | null;
  objectUuid: string | null;
  objectCount: number | null;
}

/** The path below which the objects of each type have their pages, by their UUIDs. */
const PAGES: Readonly<Record<string, string>> = {
  ApiKey: "/keys",
  Dataset: "/datasets",
  Evaluation: "/evaluations",
  Generation: "/generations",
  Run: "/runs",
  Trace: "/traces",
};

/** Returns the page of the object of an action; undefined if there is none, as after its deletion. */
export function objectPath({ action, objectType, objectUuid }: Acted): string | undefined {
  const page = objectType === null ? undefined : PAGES[objectType];
  return page === undefined || objectUuid === null || action.startsWith("delete") ? undefined : `${page}/${objectUuid}`;
}

/** Returns the objects of an action as text: one by its type and UUID, several by their number; empty for none. */
export function objectText({ objectType, objectUuid, objectCount }: Acted): string {
  if (objectType === null) {
    return "";
  }
  return objectUuid === null ? `${whole(objectCount ?? 0)} × ${objectType}` : `${objectType} ${objectUuid}`;
}
