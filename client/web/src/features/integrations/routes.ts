import type { RouteObject } from "react-router";

export const integrationsRoutes: RouteObject[] = [
  { path: "integrations", lazy: () => import("./IntegrationsPage.tsx") },
];
