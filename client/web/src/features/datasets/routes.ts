import type { RouteObject } from "react-router";

export const datasetsRoutes: RouteObject[] = [
  { path: "datasets", lazy: () => import("./list/DatasetsPage.tsx") },
  { path: "datasets/new", lazy: () => import("./builder/NewDatasetPage.tsx") },
  { path: "datasets/:key", lazy: () => import("./detail/DatasetPage.tsx") },
];
