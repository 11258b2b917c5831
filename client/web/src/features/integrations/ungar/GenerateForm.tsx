import { useMutation } from "@apollo/client/react";
import { Button, Group, NumberInput, Select } from "@mantine/core";
import { type FormEvent, type ReactElement, useState } from "react";
import type { UngarGame } from "../../../gql/graphql.ts";
import { ErrorNotice } from "../../../shared/feedback/ErrorNotice.tsx";
import { shownErrors, shownUserErrors } from "../../../shared/feedback/errors.ts";
import { fieldErrors, NO_ERRORS } from "../../../shared/feedback/fieldErrors.ts";
import { useIdempotencyKey } from "../../../shared/useIdempotencyKey.ts";
import { COUNT_MAX, GENERATE, type Generated, type Wanted, wrongFields } from "./generate.ts";

const GAMES: { value: UngarGame; label: string }[] = [
  { value: "HIGH_CARD_DUEL", label: "High card duel" },
  { value: "SPADES_MINI", label: "Spades mini" },
  { value: "GIN_RUMMY", label: "Gin rummy" },
];

/** Asks how many episodes of which game are played, and plays them. */
export function GenerateForm({ onGenerated }: { onGenerated: (generated: Generated) => void }): ReactElement {
  const [wanted, setWanted] = useState<Wanted>({ count: 5, seed: 42 });
  const [game, setGame] = useState<UngarGame>("HIGH_CARD_DUEL");
  const { keyOf, forget } = useIdempotencyKey();
  const [generate, { loading, error, data }] = useMutation(GENERATE, { onError: () => {} });
  const wrong = wrongFields(wanted);
  const refused = data === undefined || data === null ? NO_ERRORS : fieldErrors(data.generateUngarTraces.errors, ["count", "seed", "game"]);

  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const { count, seed } = wanted;
    if (Object.keys(wrong).length > 0 || typeof count !== "number") {
      return;
    }
    const input = { count, game, ...(typeof seed === "number" ? { seed } : {}) };
    const answer = await generate({ variables: { input: { ...input, idempotencyKey: keyOf(input) } } });
    if (answer.data !== undefined && answer.data.generateUngarTraces.errors.length === 0) {
      forget();
      onGenerated(answer.data.generateUngarTraces);
    }
  };
  const problems = error === undefined ? shownUserErrors(refused.rest) : shownErrors(error);
  return (
    <form onSubmit={(event) => void send(event)} aria-label="Generate traces" noValidate>
      <Group gap="md" align="flex-start" mt="sm">
        <NumberInput
          label="Count"
          description={`Episodes, 1 to ${COUNT_MAX}`}
          w={140}
          value={wanted.count}
          onChange={(count) => setWanted({ ...wanted, count })}
          error={wrong.count ?? refused.fields["count"]}
        />
        <NumberInput
          label="Seed"
          description="Random if empty"
          w={140}
          value={wanted.seed}
          onChange={(seed) => setWanted({ ...wanted, seed })}
          error={wrong.seed ?? refused.fields["seed"]}
        />
        <Select
          label="Game"
          description="Played at random"
          w={180}
          data={GAMES}
          value={game}
          allowDeselect={false}
          onChange={(value) => setGame(GAMES.find((each) => each.value === value)?.value ?? "HIGH_CARD_DUEL")}
          error={refused.fields["game"]}
        />
        <Button type="submit" loading={loading} mt={37}>
          Generate
        </Button>
      </Group>
      {problems.length > 0 && <ErrorNotice title="No traces were generated" errors={problems} />}
    </form>
  );
}
