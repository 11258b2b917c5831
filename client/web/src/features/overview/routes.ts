import type { RouteObject } from "react-router";

export const overviewRoutes: RouteObject[] = [
  { index: true, lazy: () => import("./OverviewPage.tsx") },
];
