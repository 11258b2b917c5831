import type { RouteObject } from "react-router";

export const evaluationsRoutes: RouteObject[] = [
  { path: "evaluations", lazy: () => import("./list/EvaluationsPage.tsx") },
  { path: "evaluations/new", lazy: () => import("./create/NewEvaluationPage.tsx") },
  { path: "evaluations/:id", lazy: () => import("./page/EvaluationPage.tsx") },
];
