import { useQuery } from "@apollo/client/react";
import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type ReactElement, useState } from "react";
import { graphql } from "../../../gql/gql.ts";
import { runName } from "../../../shared/runName.ts";

const RUN_CHOICES = graphql(`
  query RunChoices($where: RunWhere) {
    runs(where: $where, first: 30) {
      edges {
        node {
          id
          uuid
          outputName
          modelId
          datasetKey
        }
      }
    }
  }
`);

const SEARCH_PAUSE_MS = 150;

interface Props {
  /** The runs that are compared already, by id or name. */
  taken: readonly string[];
  onAdd: (uuid: string) => void;
}

/** Adds a run to the compared ones; the server searches names, models and datasets. */
export function AddRun({ taken, onAdd }: Props): ReactElement {
  const [search, setSearch] = useState("");
  const [text] = useDebouncedValue(search.trim(), SEARCH_PAUSE_MS);
  const contains = { contains: text };
  const named = { or: [{ outputName: contains }, { modelId: contains }, { datasetKey: contains }] };
  const where = { mode: { eq: "TRAIN" as const }, ...(text === "" ? {} : named) };
  const { data, previousData } = useQuery(RUN_CHOICES, { variables: { where }, fetchPolicy: "cache-and-network" });
  const found = (data ?? previousData)?.runs.edges.map(({ node }) => node) ?? [];
  const choices = found.filter(({ uuid, outputName }) => !taken.includes(uuid) && !taken.includes(outputName ?? ""));
  return (
    <Select
      aria-label="Add a run"
      placeholder="Add a run"
      w={260}
      searchable
      value={null}
      searchValue={search}
      onSearchChange={setSearch}
      data={choices.map((run) => ({ value: run.uuid, label: `${runName(run)} · ${run.modelId} on ${run.datasetKey}` }))}
      filter={({ options }) => options}
      nothingFoundMessage="No other training has this in its name"
      comboboxProps={{ width: 360, position: "bottom-end" }}
      onChange={(uuid) => {
        if (uuid !== null) {
          onAdd(uuid);
        }
      }}
    />
  );
}
