import type { RouteObject } from "react-router";

export const runsRoutes: RouteObject[] = [
  { path: "runs", lazy: () => import("./list/RunsPage.tsx") },
  { path: "runs/new", lazy: () => import("./start/StartRunPage.tsx") },
  { path: "runs/:id", lazy: () => import("./run/RunPage.tsx") },
  { path: "runs/compare", lazy: () => import("./compare/CompareRunsPage.tsx") },
];
