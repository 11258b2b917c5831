import type { RouteObject } from "react-router";

export const generationsRoutes: RouteObject[] = [
  { path: "generations", lazy: () => import("./list/GenerationsPage.tsx") },
  { path: "generations/new", lazy: () => import("./start/NewGenerationPage.tsx") },
  { path: "generations/:id", lazy: () => import("./page/GenerationPage.tsx") },
];
