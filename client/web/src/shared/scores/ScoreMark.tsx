import { Tooltip } from "@mantine/core";
import { IconCode, IconRobot, IconUser } from "@tabler/icons-react";
import type { ReactElement } from "react";
import type { ScoreKind } from "../../gql/graphql.ts";
import { short } from "../format/numbers.ts";
import classes from "./ScoreMark.module.css";

const KINDS = {
  CODE: { icon: IconCode, label: "by code" },
  MODEL: { icon: IconRobot, label: "by a model" },
  HUMAN: { icon: IconUser, label: "by a person" },
} as const;

/** The kind of a scorer, as a picture with a name. */
export function KindIcon({ kind }: { kind: ScoreKind }): ReactElement {
  const { icon: Icon, label } = KINDS[kind];
  return (
    <Tooltip label={`Scored ${label}`}>
      <Icon size={14} stroke={1.6} aria-label={`Scored ${label}`} className={classes.kind} />
    </Tooltip>
  );
}

interface Props {
  scorer: string;
  scorerVersion: string;
  kind: ScoreKind;
  score: number;
  rationale: string | null;
}

/** A step's score in its heading; version and rationale on hover. */
export function ScoreMark({ scorer, scorerVersion, kind, score, rationale }: Props): ReactElement {
  return (
    <Tooltip multiline maw={360} label={`${scorer} ${scorerVersion}${rationale === null ? "" : `: ${rationale}`}`}>
      <span className={classes.mark}>
        <KindIcon kind={kind} />
        <span className={classes.scorer}>{scorer}</span>
        <b>{short(score)}</b>
      </span>
    </Tooltip>
  );
}
