import type { RouteObject } from "react-router";

export const runsRoutes: RouteObject[] = [
  { path: "runs/new", lazy: () => import("./start/StartRunPage.tsx") },
  { path: "runs/:id", lazy: () => import("./run/RunPage.tsx") },
  { path: "runs/compare", lazy: () => import("./compare/CompareRunsPage.tsx") },
];
