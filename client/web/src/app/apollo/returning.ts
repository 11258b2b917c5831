import { onlineSource, RefetchEventManager } from "@apollo/client";
import { filter, fromEvent, map, pairwise, startWith } from "rxjs";

/** After a shorter absence the page is as it was left: scrolled lists keep their rows. */
const ABSENCE_MS = 60_000;

/** Emits when the page becomes visible again after at least a minute. */
function watchReturns(): ReturnType<RefetchEventManager.EventSource<Event>> {
  return fromEvent(document, "visibilitychange").pipe(
    map((event) => ({ event, isHidden: document.visibilityState === "hidden", at: Date.now() })),
    startWith({ event: new Event("visibilitychange"), isHidden: false, at: Date.now() }),
    pairwise(),
    filter(([left, back]) => left.isHidden && !back.isHidden && back.at - left.at >= ABSENCE_MS),
    map(([, back]) => back.event),
  );
}

/** Reloads the visible data when its reader returns to the page, and when the network does. */
export function refetchOnReturn(): RefetchEventManager {
  return new RefetchEventManager({
    sources: { windowFocus: watchReturns, online: onlineSource },
  });
}
