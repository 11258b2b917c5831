import type { RouteObject } from "react-router";

export const tracesRoutes: RouteObject[] = [
  { path: "traces", lazy: () => import("./list/TracesPage.tsx") },
  { path: "traces/:id", lazy: () => import("./trace/TracePage.tsx") },
  { path: "traces/upload", lazy: () => import("./upload/UploadPage.tsx") },
];
