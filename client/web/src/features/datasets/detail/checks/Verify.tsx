import { useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import type { ReactElement } from "react";
import { graphql } from "../../../../gql/gql.ts";
import { ErrorNotice } from "../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../../shared/feedback/errors.ts";
import { Verification } from "./Verification.tsx";

const VERIFY = graphql(`
  mutation VerifyDataset($input: VerifyDatasetInput!) {
    verifyDataset(input: $input) {
      verification {
        intact
        reproducible
        sha256
        derivedSha256
        derivationError
        newerCount
        counts {
          kind
          count
        }
        changes {
          kind
          traceUuid
          position
          reason
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Verifies a dataset on demand, and shows the result. */
export function Verify({ id, onGone }: { id: string; onGone: () => void }): ReactElement {
  const [verify, { data, error, loading }] = useMutation(VERIFY, { variables: { input: { id } } });
  const payload = data?.verifyDataset;
  const errors = error ? shownErrors(error) : shownUserErrors(payload?.errors ?? []);
  const run = async (): Promise<void> => {
    const result = await verify();
    if (result.data?.verifyDataset.errors.some(({ code }) => code === "NOT_FOUND")) {
      onGone();
    }
  };
  return (
    <>
      <Button loading={loading} variant={payload ? "default" : "filled"} onClick={() => void run().catch(() => {})}>
        {payload ? "Verify again" : "Verify"}
      </Button>
      <div aria-live="polite" style={{ marginTop: 12 }}>
        {errors.length > 0 && <ErrorNotice title="The dataset could not be verified" errors={errors} />}
        {payload?.verification && <Verification result={payload.verification} />}
      </div>
    </>
  );
}
