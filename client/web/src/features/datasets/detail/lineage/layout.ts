/** A dataset or run in the picture of a lineage. */
export interface LineageNode {
  id: string;
  /** Its column: -1 for the parent, 0 for the dataset itself, 1 for what was derived from it or uses it. */
  column: -1 | 0 | 1;
}

export interface Placed<Node extends LineageNode> {
  node: Node;
  x: number;
  y: number;
}

export const BOX = { width: 224, height: 44 };
const GAP = { x: 64, y: 12 };

/** Returns the position of each node: columns from left to right, each centred. */
export function place<Node extends LineageNode>(nodes: readonly Node[]): { placed: Placed<Node>[]; width: number; height: number } {
  const columns = ([-1, 0, 1] as const).map((column) => nodes.filter((node) => node.column === column)).filter((each) => each.length > 0);
  const rows = Math.max(1, ...columns.map((each) => each.length));
  const height = rows * (BOX.height + GAP.y) - GAP.y;
  const placed = columns.flatMap((column, at) => {
    const top = (height - column.length * (BOX.height + GAP.y) + GAP.y) / 2;
    return column.map((node, row) => ({ node, x: at * (BOX.width + GAP.x), y: top + row * (BOX.height + GAP.y) }));
  });
  return { placed, width: columns.length * (BOX.width + GAP.x) - GAP.x, height };
}

/** Returns the SVG path of the line from one box to a box on its right. */
export function line(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const start = { x: from.x + BOX.width, y: from.y + BOX.height / 2 };
  const end = { x: to.x, y: to.y + BOX.height / 2 };
  const middle = (start.x + end.x) / 2;
  return `M${start.x},${start.y} C${middle},${start.y} ${middle},${end.y} ${end.x},${end.y}`;
}
