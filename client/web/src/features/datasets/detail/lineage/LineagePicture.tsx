import type { ReactElement } from "react";
import { Link } from "react-router";
import type { JobStatus } from "../../../../gql/graphql.ts";
import { StatusBadge } from "../../../../shared/format/StatusBadge.tsx";
import { BOX, line, type LineageNode, place } from "./layout.ts";
import classes from "./Lineage.module.css";

/** A box of the picture. */
export interface LineageBox extends LineageNode {
  kind: string;
  name: string;
  detail: string;
  status: JobStatus;
  link: string;
}

/** Boxes with lines from the parent to the dataset, and from it to all on its right. */
export function LineagePicture({ boxes }: { boxes: readonly LineageBox[] }): ReactElement {
  const { placed, width, height } = place(boxes);
  const self = placed.find(({ node }) => node.column === 0);
  return (
    // A picture that is wider than its place is scrolled by the arrow keys.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={classes.scroller} tabIndex={0} aria-label="Picture of the lineage">
      <div className={classes.picture} style={{ width, height }}>
        <svg width={width} height={height} aria-hidden className={classes.lines}>
          {self &&
            placed
              .filter(({ node }) => node.column !== 0)
              .map((other) => (
                <path key={other.node.id} d={other.node.column < 0 ? line(other, self) : line(self, other)} />
              ))}
        </svg>
        <ul className={classes.boxes} aria-label="Lineage">
          {placed.map(({ node, x, y }) => (
            <li key={node.id} className={classes.box} data-self={node.column === 0} style={{ left: x, top: y, ...BOX }}>
              <Box box={node} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Box({ box }: { box: LineageBox }): ReactElement {
  return (
    <>
      <div className={classes.head}>
        <Link to={box.link} title={box.name} className={classes.name} aria-current={box.column === 0 ? "page" : undefined}>
          {box.name}
        </Link>
        {box.status !== "COMPLETED" && <StatusBadge status={box.status} />}
      </div>
      <div className={classes.detail} title={box.detail}>
        {box.kind} · {box.detail}
      </div>
    </>
  );
}
