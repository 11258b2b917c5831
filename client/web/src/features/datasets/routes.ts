import type { RouteObject } from "react-router";

export const datasetsRoutes: RouteObject[] = [];
