import type { RouteObject } from "react-router";

export const tracesRoutes: RouteObject[] = [];
