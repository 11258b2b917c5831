import { createBrowserRouter, type RouteObject } from "react-router";
import { agreementRoutes } from "../features/agreement/routes.ts";
import { auditRoutes } from "../features/audit/routes.ts";
import { compareRoutes } from "../features/compare/routes.ts";
import { datasetsRoutes } from "../features/datasets/routes.ts";
import { evaluationsRoutes } from "../features/evaluations/routes.ts";
import { generationsRoutes } from "../features/generations/routes.ts";
import { groupsRoutes } from "../features/groups/routes.ts";
import { integrationsRoutes } from "../features/integrations/routes.ts";
import { keysRoutes } from "../features/keys/routes.ts";
import { overviewRoutes } from "../features/overview/routes.ts";
import { reviewRoutes } from "../features/review/routes.ts";
import { runsRoutes } from "../features/runs/routes.ts";
import { tracesRoutes } from "../features/traces/routes.ts";
import { Layout } from "./Layout.tsx";
import { NoSuchPage } from "./NoSuchPage.tsx";
import { PageFailed } from "./PageFailed.tsx";

/** The pages by path, each loaded when it is first opened. A page's module exports its component as `Component`. */
export const routes: RouteObject[] = [
  {
    element: <Layout />,
    errorElement: <PageFailed />,
    hydrateFallbackElement: <></>,
    children: [
      {
        errorElement: <PageFailed />,
        children: [
          ...overviewRoutes,
          ...tracesRoutes,
          ...groupsRoutes,
          ...compareRoutes,
          ...reviewRoutes,
          ...agreementRoutes,
          ...datasetsRoutes,
          ...runsRoutes,
          ...generationsRoutes,
          ...evaluationsRoutes,
          ...integrationsRoutes,
          ...keysRoutes,
          ...auditRoutes,
          { path: "*", element: <NoSuchPage /> },
        ],
      },
    ],
  },
];

/** Returns the router of the browser. */
export function createRoutes(): ReturnType<typeof createBrowserRouter> {
  return createBrowserRouter(routes);
}
