import { whole } from "../../shared/format/numbers.ts";

interface Acted {
  objectType: string | null;
  objectUuid: string | null;
  objectName: string | null;
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

/** Returns the page of the object of an action; undefined if there is none, or if the object does not exist any more. */
export function objectPath({ objectType, objectUuid, objectName }: Acted): string | undefined {
  const page = objectType === null ? undefined : PAGES[objectType];
  return page === undefined || objectName === null ? undefined : `${page}/${objectUuid}`;
}

/** Returns the objects of an action as text: one by its name or, if it does not exist, its UUID; several by their number. */
export function objectText({ objectUuid, objectName, objectCount }: Acted): string {
  if (objectCount === null) {
    return "";
  }
  return objectUuid === null ? whole(objectCount) : (objectName ?? objectUuid);
}
