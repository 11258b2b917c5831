import type { RouteObject } from "react-router";

export const keysRoutes: RouteObject[] = [
  { path: "keys", lazy: () => import("./list/KeysPage.tsx") },
  { path: "keys/new", lazy: () => import("./create/NewKeyPage.tsx") },
  { path: "keys/:id", lazy: () => import("./page/KeyPage.tsx") },
];
