import type { RouteObject } from "react-router";

export const agreementRoutes: RouteObject[] = [{ path: "agreement", lazy: () => import("./AgreementPage.tsx") }];
