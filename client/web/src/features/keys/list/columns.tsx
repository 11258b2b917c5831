import type { ReactNode } from "react";
import type { ApiKeyOrderField, KeyRowFragment } from "../../../gql/graphql.ts";
import { RelativeTime } from "../../../shared/format/RelativeTime.tsx";
import type { Column } from "../../../shared/table/columns.ts";
import { KeyStateMark } from "../KeyStateMark.tsx";
import { scopesText } from "../scopes.ts";

type KeyColumn = Column<KeyRowFragment> & { orderField?: ApiKeyOrderField };

const quiet = (text: ReactNode): ReactNode => <span style={{ color: "var(--mantine-color-dimmed)" }}>{text}</span>;
const time = (at: string | null, isAhead = false): ReactNode => (at === null ? quiet("never") : <RelativeTime at={at} isAhead={isAhead} />);

/** The columns of the list of API keys. */
export const KEY_COLUMNS: readonly KeyColumn[] = [
  { id: "name", header: "Name", width: 220, grows: true, orderField: "NAME", cell: ({ name }) => <bdi>{name}</bdi> },
  { id: "state", header: "State", width: 110, cell: (key) => <KeyStateMark of={key} /> },
  { id: "scopes", header: "Scopes", width: 120, cell: ({ scopes }) => scopesText(scopes) },
  { id: "prefix", header: "Prefix", width: 136, cell: ({ prefix }) => <code>{prefix}</code> },
  { id: "used", header: "Last used", width: 120, orderField: "LAST_USED_AT", cell: ({ lastUsedAt }) => time(lastUsedAt) },
  { id: "expires", header: "Expires", width: 120, orderField: "EXPIRES_AT", cell: ({ expiresAt }) => time(expiresAt, true) },
  { id: "rotated", header: "Rotated", width: 120, cell: ({ rotatedAt }) => time(rotatedAt) },
  { id: "created", header: "Created", width: 120, orderField: "CREATED_AT", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];

/** The fields that the headers sort by. */
export const KEY_FIELDS = KEY_COLUMNS.flatMap(({ orderField }) => orderField ?? []);
