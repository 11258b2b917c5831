import { useQuery } from "@apollo/client/react";
import { Button, Stack } from "@mantine/core";
import { type ReactElement, useState } from "react";
import { Link, useParams } from "react-router";
import { graphql } from "../../../gql/gql.ts";
import type { KeyRowFragment } from "../../../gql/graphql.ts";
import { Fact, Facts } from "../../../shared/facts/Facts.tsx";
import { EmptyState } from "../../../shared/feedback/EmptyState.tsx";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../shared/feedback/RowSkeletons.tsx";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import { useNow } from "../../../shared/format/useNow.ts";
import { PageHeader } from "../../../shared/PageHeader.tsx";
import { usePageQuery } from "../../../shared/query/PageQuery.tsx";
import { KeyStateMark } from "../KeyStateMark.tsx";
import { scopesText } from "../scopes.ts";
import { Secret } from "../secret/Secret.tsx";
import { RevokeKey } from "./RevokeKey.tsx";
import { type Rotated, RotateKey } from "./RotateKey.tsx";

const KEY = graphql(`
  query ApiKey($id: ID!) {
    key(id: $id) {
      id
      ...KeyRow @unmask
    }
  }
`);

/** The page of an API key, where it is rotated and revoked. */
export function Component(): ReactElement {
  const { id = "" } = useParams();
  return <Loaded key={id} id={id} />;
}

function Loaded({ id }: { id: string }): ReactElement {
  const { data, error, refetch } = useQuery(KEY, { variables: { id }, fetchPolicy: "cache-and-network" });
  const [rotated, setRotated] = useState<Rotated>();
  usePageQuery(KEY, { id });
  const key = data?.key;
  return (
    <>
      <PageHeader title={key?.name ?? "API key"} aside={key && <KeyStateMark of={key} />}>
        {key?.revokedAt === null && (
          <>
            <RotateKey apiKey={key} onRotated={setRotated} />
            <RevokeKey apiKey={key} />
          </>
        )}
      </PageHeader>
      <Stack gap="md" px="md" maw={720}>
        {error && <ErrorNotice title="The key could not be loaded" errors={shownErrors(error)} onRetry={() => void refetch()} />}
        {rotated && <Secret key={rotated.secret} secret={rotated.secret} refusal={rotated.refusal} />}
        {key === undefined && !error && <RowSkeletons />}
        {key && <KeyFacts of={key} />}
      </Stack>
      {key === null && <NoKey />}
    </>
  );
}

function KeyFacts({ of }: { of: KeyRowFragment }): ReactElement {
  const { name, scopes, prefix, createdAt, rotatedAt, expiresAt, revokedAt, lastUsedAt } = of;
  const now = useNow();
  const hasExpired = expiresAt !== null && new Date(expiresAt) <= now;
  return (
    <>
      <Facts layout="list">
        <Fact name="Scopes">{scopesText(scopes)}</Fact>
        <Fact name="Prefix">
          <code>{prefix}</code>
        </Fact>
        <Fact name="Created">
          <RelativeTime at={createdAt} />
        </Fact>
        <Fact name="Rotated">{rotatedAt && <RelativeTime at={rotatedAt} />}</Fact>
        <Fact name={hasExpired ? "Expired" : "Expires"}>{expiresAt === null ? "never" : <RelativeTime at={expiresAt} isAhead />}</Fact>
        <Fact name="Revoked">{revokedAt && <RelativeTime at={revokedAt} />}</Fact>
        <Fact name="Last used">{lastUsedAt === null ? "never" : <RelativeTime at={lastUsedAt} />}</Fact>
      </Facts>
      <div>
        <Link to={`/audit?${new URLSearchParams({ where: JSON.stringify({ keyName: { eq: name } }) })}`}>What was done with it</Link>
      </div>
    </>
  );
}

function NoKey(): ReactElement {
  return (
    <EmptyState
      title="This key does not exist"
      actions={
        <Button component={Link} to="/keys">
          Show all keys
        </Button>
      }
    >
      Keys are never deleted, so the address is wrong.
    </EmptyState>
  );
}
