import { useState } from "react";
import type { RunMode } from "../../../../gql/graphql.ts";
import { type ShownError, shownUserErrors } from "../../../../shared/feedback/errors.ts";
import { notifyWarnings } from "../../../../shared/feedback/settle.ts";
import { useNavigateLater } from "../../../../shared/url/useNavigateLater.ts";
import { useUrlText } from "../../../../shared/url/useUrlState.ts";
import { useDryRun } from "./useDryRun.ts";
import type { StartFormState } from "../useStartForm.ts";
import { useStartRun } from "./useStartRun.ts";
import { inputOf, NOT_FOR_DRY_RUNS, isSameTraining, valuesOf } from "../values.ts";

interface Starting {
  /** The pending request; null if there is none. */
  busy: RunMode | null;
  /** Why the last request failed, apart from errors beside fields. */
  failures: readonly ShownError[];
  /** The warnings with which the last dry run was started. */
  warnings: readonly string[];
  /** The dry run in the address. */
  dryRun: ReturnType<typeof useDryRun>;
  /** Whether the form asks for something else than the dry run checked. */
  isStale: boolean;
  /** Whether the dry run of just this training succeeded. */
  isReady: boolean;
  check: () => void;
  train: () => void;
}

/** Starts the dry run of a form, and then the training; the dry run is kept in the address. */
export function useStarting(form: StartFormState): Starting {
  const [id, setId] = useUrlText("check");
  const [busy, setBusy] = useState<RunMode | null>(null);
  const [warnings, setWarnings] = useState<readonly string[]>([]);
  const [failed, setFailed] = useState<readonly ShownError[]>([]);
  const dryRun = useDryRun(id);
  const startRun = useStartRun();
  const navigateLater = useNavigateLater();

  const request = async (mode: RunMode, done: (uuid: string, warnings: readonly string[]) => void): Promise<void> => {
    if (busy !== null || !form.validate()) {
      return;
    }
    setBusy(mode);
    setFailed([]);
    // A dry run must not take the name of the folder that the training is to have.
    const started = await startRun({ ...inputOf(form.values), ...(mode === "DRY_RUN" && NOT_FOR_DRY_RUNS), mode });
    setBusy(null);
    form.refuse(started.kind === "refused" ? started.errors : []);
    setFailed(started.kind === "failed" ? started.errors : []);
    if (started.kind === "started") {
      done(started.uuid, started.warnings);
    }
  };
  const isStale = dryRun.run != null && !isSameTraining(valuesOf(dryRun.run), form.values);
  return {
    busy,
    warnings,
    failures: [...failed, ...shownUserErrors(form.rest)],
    dryRun,
    isStale,
    isReady: dryRun.run?.status === "COMPLETED" && !isStale,
    check: () =>
      void request("DRY_RUN", (uuid, found) => {
        setWarnings(found);
        setId(uuid);
      }),
    train: () => {
      const navigate = navigateLater();
      void request("TRAIN", (uuid, found) => {
        notifyWarnings(found);
        void navigate(`/runs/${uuid}`);
      });
    },
  };
}
