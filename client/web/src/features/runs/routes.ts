import type { RouteObject } from "react-router";

export const runsRoutes: RouteObject[] = [
  { path: "runs/new", lazy: () => import("./start/StartRunPage.tsx") },
];
