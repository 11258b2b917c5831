import type { RouteObject } from "react-router";

export const compareRoutes: RouteObject[] = [];
