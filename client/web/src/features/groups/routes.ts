import type { RouteObject } from "react-router";

export const groupsRoutes: RouteObject[] = [
  { path: "groups", lazy: () => import("./list/GroupsPage.tsx") },
  { path: "groups/:key", lazy: () => import("./group/GroupPage.tsx") },
];
