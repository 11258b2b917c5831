import type { RouteObject } from "react-router";

export const reviewRoutes: RouteObject[] = [{ path: "review", lazy: () => import("./ReviewPage.tsx") }];
