import { Collapse, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { type ReactElement, useId, useState } from "react";
import { short } from "../../../../shared/format/numbers.ts";
import { RelativeTime } from "../../../../shared/format/RelativeTime.tsx";
import { JsonTree } from "../../../../shared/jsonTree/JsonTree.tsx";
import { KindIcon } from "../../../../shared/scores/ScoreMark.tsx";
import type { ScoreGroup, ScoreItem } from "./TraceScores.ts";
import classes from "./Scores.module.css";

/** A scorer's latest score; opened, its rationale, details and the scores before it. */
export function ScoreGroupRow({ group }: { group: ScoreGroup }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const { latest, earlier, stepIndex } = group;
  return (
    <li>
      <UnstyledButton className={classes.row} onClick={() => setOpen(!isOpen)} aria-expanded={isOpen} aria-controls={id}>
        <IconChevronRight size={14} className={classes.chevron} data-open={isOpen} aria-hidden />
        <KindIcon kind={latest.kind} />
        <span className={classes.name}>
          {stepIndex !== null && <span className={classes.stepOf}>step {stepIndex} · </span>}
          {latest.scorer}
        </span>
        {earlier.length > 0 && <span className={classes.count}>{earlier.length + 1}×</span>}
        <b className={classes.value}>{short(latest.score)}</b>
      </UnstyledButton>
      <Collapse expanded={isOpen} id={id} transitionDuration={0}>
        {isOpen && [latest, ...earlier].map((score) => <OneScore key={score.id} score={score} />)}
      </Collapse>
    </li>
  );
}

function OneScore({ score }: { score: ScoreItem }): ReactElement {
  return (
    <div className={classes.one}>
      <div className={classes.provenance}>
        <b>{short(score.score)}</b>
        <span>version {score.scorerVersion}</span>
        <RelativeTime at={score.scoredAt} />
      </div>
      {score.rationale !== null && (
        <Text size="sm" dir="auto" className={classes.rationale}>
          {score.rationale}
        </Text>
      )}
      {score.details !== null && <JsonTree value={score.details} label={`Details of ${score.scorer}`} />}
    </div>
  );
}
