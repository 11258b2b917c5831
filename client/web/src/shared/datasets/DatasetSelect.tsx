import { useQuery } from "@apollo/client/react";
import { Group, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type ReactElement, useState } from "react";
import { graphql } from "../../gql/gql.ts";
import { whole } from "../format/numbers.ts";

const DATASET_CHOICES = graphql(`
  query DatasetChoices($where: DatasetWhere) {
    datasets(where: $where, first: 20) {
      edges {
        node {
          id
          key
          traceCount
        }
      }
    }
  }
`);

const SEARCH_PAUSE_MS = 150;

interface Props {
  label: string;
  description?: string;
  /** The key of the chosen dataset; empty if there is none. */
  value: string;
  onChange: (key: string) => void;
  error?: string | undefined;
  isRequired?: boolean;
  /** The key of a dataset that cannot be chosen. */
  without?: string;
}

/** Chooses one of the built datasets by its key; the server searches. */
export function DatasetSelect({ label, description, value, onChange, error, isRequired = false, without }: Props): ReactElement {
  const [search, setSearch] = useState("");
  const [isAsked, setAsked] = useState(false);
  const [text] = useDebouncedValue(search === value ? "" : search.trim(), SEARCH_PAUSE_MS);
  const where = { status: { eq: "COMPLETED" as const }, ...(text === "" ? {} : { key: { contains: text } }) };
  const { data, previousData } = useQuery(DATASET_CHOICES, {
    variables: { where },
    fetchPolicy: "cache-and-network",
    skip: !isAsked,
  });
  const found = ((data ?? previousData)?.datasets.edges ?? []).flatMap(({ node }) => (node.key === without ? [] : [node]));
  const counts = new Map(found.map(({ key, traceCount }) => [key, traceCount]));
  const keys = [...new Set([...(value === "" ? [] : [value]), ...counts.keys()])];
  return (
    <Select
      label={label}
      description={description}
      inputWrapperOrder={["label", "input", "description", "error"]}
      placeholder="Search by key"
      data={keys}
      filter={({ options }) => options}
      value={value === "" ? null : value}
      onChange={(key) => onChange(key ?? "")}
      searchValue={search}
      onSearchChange={setSearch}
      onDropdownOpen={() => setAsked(true)}
      nothingFoundMessage="No dataset has this in its key"
      renderOption={({ option }) => <Choice name={option.value} count={counts.get(option.value)} />}
      searchable
      clearable={!isRequired}
      withAsterisk={isRequired}
      error={error}
    />
  );
}

function Choice({ name, count }: { name: string; count: number | undefined }): ReactElement {
  return (
    <Group justify="space-between" gap="sm" wrap="nowrap" w="100%">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {name}
      </Text>
      {count !== undefined && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {whole(count)} traces
        </Text>
      )}
    </Group>
  );
}
