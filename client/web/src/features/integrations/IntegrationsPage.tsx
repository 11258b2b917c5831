import type { ReactElement } from "react";
import { TUNIX_STATUS } from "../../shared/health/documents.ts";
import { PageHeader } from "../../shared/PageHeader.tsx";
import { usePageQuery } from "../../shared/query/PageQuery.tsx";
import classes from "./integrations.module.css";
import { RediaiSection } from "./rediai/RediaiSection.tsx";
import { TunixSection } from "./tunix/TunixSection.tsx";
import { UngarSection } from "./ungar/UngarSection.tsx";

/** The packages and systems that the server works with. */
export function Component(): ReactElement {
  usePageQuery(TUNIX_STATUS);
  return (
    <>
      <PageHeader title="Integrations" />
      <div className={classes.sections}>
        <TunixSection />
        <UngarSection />
        <RediaiSection />
      </div>
    </>
  );
}
