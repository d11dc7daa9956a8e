/** How edges leave and reach their nodes. */

import type { Box, Point } from "../graph/geometry";
import type { PlacedEdge } from "./graph";

/** How far an edge runs straight down where it leaves and where it arrives. */
const STRAIGHT = 12;
/** How far from the corners of a node edges keep. */
const CORNER = 14;

/**
 * The edge with ends that stand upright on the lower border of the one node and the upper border of the other, each as
 * near as the node's width allows to where the edge comes from. An edge that does not lead downwards is left as it is.
 */
export function upright(edge: PlacedEdge, boxes: ReadonlyMap<string, Box>): PlacedEdge {
  const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
  const inner = edge.points.slice(1, -1);
  if (from === undefined || to === undefined || from.y + from.height + 2 * STRAIGHT > to.y || inner.length === 0) {
    return edge;
  }
  const [first, last] = [inner[0] ?? { x: 0, y: 0 }, inner.at(-1) ?? { x: 0, y: 0 }];
  const start = { x: within(first.x, from), y: from.y + from.height };
  const end = { x: within(last.x, to), y: to.y };
  const points: readonly Point[] = [
    start,
    { x: start.x, y: start.y + STRAIGHT },
    ...inner,
    { x: end.x, y: end.y - STRAIGHT },
    end,
  ];
  return { ...edge, points };
}

function within(x: number, { x: left, width }: Box): number {
  const corner = Math.min(CORNER, width / 2);
  return Math.min(left + width - corner, Math.max(left + corner, x));
}
