import { useQuery } from "@apollo/client/react";
import { Button, Group, NativeSelect, Text } from "@mantine/core";
import { type ReactElement, useState } from "react";
import type { ContaminationKind } from "../../../../../gql/graphql.ts";
import { Chips } from "../../../../../shared/chips/Chips.tsx";
import { ErrorNotice } from "../../../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors } from "../../../../../shared/feedback/errors.ts";
import { RowSkeletons } from "../../../../../shared/feedback/RowSkeletons.tsx";
import { Stale } from "../../../../../shared/feedback/Stale.tsx";
import { whole } from "../../../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../../../shared/format/RelativeTime.tsx";
import { usePageQuery } from "../../../../../shared/query/PageQuery.tsx";
import { useUrlText } from "../../../../../shared/url/useUrlState.ts";
import { Verdict } from "../Verification.tsx";
import { ContaminatedPairs } from "./ContaminatedPairs.tsx";
import { CONTAMINATION, type Compared } from "./documents.ts";

const PAGE = 10;
const MOST = 500;

interface Props {
  datasetKey: string;
  /** The key of the dataset that it is compared with. */
  other: string;
}

/** The training prompts that equal or resemble evaluation prompts, with both texts. The address names the training dataset. */
export function Contamination({ datasetKey, other }: Props): ReactElement {
  const [named, setNamed] = useUrlText("train");
  const [chosen, setChosen] = useState(datasetKey);
  const isAsked = named === datasetKey || named === other;
  const train = isAsked ? named : chosen;
  const choose = (key: string): void => {
    setChosen(key);
    if (isAsked) {
      setNamed(key, { push: true });
    }
  };
  return (
    <>
      <Group align="end" gap="sm">
        <NativeSelect label="Training data" data={[datasetKey, other]} value={train} onChange={({ currentTarget }) => choose(currentTarget.value)} maw={360} />
        {!isAsked && <Button onClick={() => setNamed(train, { push: true })}>Compare the prompts</Button>}
      </Group>
      {isAsked && <Comparison key={train} train={train} evaluation={train === datasetKey ? other : datasetKey} />}
    </>
  );
}

function Comparison({ train, evaluation }: { train: string; evaluation: string }): ReactElement {
  const [kind, setKind] = useState<ContaminationKind>();
  const [first, setFirst] = useState(PAGE);
  const variables = { train, eval: evaluation, where: kind === undefined ? null : { kind: { eq: kind } }, first };
  const { data, previousData, error, loading, refetch } = useQuery(CONTAMINATION, { variables, fetchPolicy: "cache-and-network" });
  usePageQuery(CONTAMINATION, variables);
  const compared = (data ?? previousData)?.contamination;
  return (
    <div aria-live="polite" style={{ marginTop: 12 }}>
      {error && <ErrorNotice title="The prompts could not be compared" errors={shownErrors(error)} onRetry={() => void refetch()} />}
      {!compared && !error && <Comparing />}
      {compared && (
        <Stale isStale={data === undefined}>
          <Found compared={compared} kind={kind} onKind={(next) => [setKind(next), setFirst(PAGE)]} />
          <ContaminatedPairs pairs={compared.pairs.edges.map(({ node }) => node)} />
          {compared.pairs.totalCount > compared.pairs.edges.length && first < MOST && (
            <Button variant="subtle" size="compact-xs" loading={loading} onClick={() => setFirst(Math.min(MOST, first * 3))}>
              Show more of {whole(compared.pairs.totalCount)}
            </Button>
          )}
        </Stale>
      )}
    </div>
  );
}

function Comparing(): ReactElement {
  return (
    <>
      <Text size="sm" c="dimmed">
        Comparing the prompts. The first comparison of large datasets takes some seconds; its result is stored.
      </Text>
      <RowSkeletons count={3} />
    </>
  );
}

interface FoundProps {
  compared: Compared;
  kind: ContaminationKind | undefined;
  onKind: (kind: ContaminationKind | undefined) => void;
}

function Found({ compared: { trainPromptCount, equalCount, sharedCount, nearCount, checkedAt }, kind, onKind }: FoundProps): ReactElement {
  const isClean = trainPromptCount === 0;
  return (
    <>
      <Verdict isGood={isClean}>
        {isClean
          ? "No training prompt equals or resembles an evaluation prompt."
          : `${whole(trainPromptCount)} training ${trainPromptCount === 1 ? "prompt equals or resembles" : "prompts equal or resemble"} an evaluation prompt.`}{" "}
        <Text span size="xs" c="dimmed">
          Compared <RelativeTime at={checkedAt} />
        </Text>
      </Verdict>
      {!isClean && (
        <Chips<ContaminationKind>
          label="Kinds of pairs"
          choices={[
            { value: "EQUAL_PROMPT", label: "equal", count: equalCount },
            { value: "SHARED_NGRAMS", label: "with shared word sequences", count: sharedCount },
            { value: "NEAR_DUPLICATE", label: "nearly equal", count: nearCount },
          ]}
          chosen={kind}
          onChoose={onKind}
        />
      )}
    </>
  );
}
