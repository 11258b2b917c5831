import type { RouteObject } from "react-router";

export const compareRoutes: RouteObject[] = [{ path: "compare", lazy: () => import("./ComparePage.tsx") }];
