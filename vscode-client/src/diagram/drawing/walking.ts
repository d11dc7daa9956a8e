/** From node to node: under the pointer, by the keys. */

import { centre, contains, type Point } from "../graph/geometry";
import { type NodeFigure, nodesOf, type Scene } from "./scene";

export type Direction = "up" | "down" | "left" | "right";

/** The node at a point of the drawing; inside an open model its own node, else the model by its header or ground. */
export function nodeAt(scene: Scene, point: Point): NodeFigure | undefined {
  return (
    scene.nodes.find(({ box }) => contains(box, point)) ??
    [...scene.containers].reverse().find(({ box }) => contains(box, point))
  );
}

/** Every node in reading order: from top to bottom, an open model right before what is inside. */
export function readingOrder(scene: Scene): readonly NodeFigure[] {
  return [...nodesOf(scene)].sort((first, second) => first.box.y - second.box.y || first.box.x - second.box.x);
}

/** The node that an arrow key leads to: along an edge up or down where there is one, else the nearest that way. */
export function neighbour(scene: Scene, from: NodeFigure, direction: Direction): NodeFigure | undefined {
  const byKey = new Map(nodesOf(scene).map((figure) => [figure.key, figure]));
  const along = scene.edges.flatMap(({ placed }) => {
    if (direction === "down" && placed.from === from.key) {
      return [byKey.get(placed.to)];
    }
    return direction === "up" && placed.to === from.key ? [byKey.get(placed.from)] : [];
  });
  const connected = along.filter((figure) => figure !== undefined);
  return (
    nearest(
      from,
      connected.filter((figure) => figure.key !== from.key),
      () => true,
    ) ?? nearest(from, [...byKey.values()], (dx, dy) => lies(direction, dx, dy))
  );
}

function nearest(
  from: NodeFigure,
  figures: readonly NodeFigure[],
  fits: (dx: number, dy: number) => boolean,
): NodeFigure | undefined {
  const origin = centre(from.box);
  let best: NodeFigure | undefined;
  let least = Infinity;
  for (const figure of figures) {
    const { x, y } = centre(figure.box);
    const [dx, dy] = [x - origin.x, y - origin.y];
    const distance = Math.hypot(dx, dy);
    if (figure.key !== from.key && fits(dx, dy) && distance < least) {
      [best, least] = [figure, distance];
    }
  }
  return best;
}

/** Whether a step leads that way more than across it. */
function lies(direction: Direction, dx: number, dy: number): boolean {
  switch (direction) {
    case "up":
      return dy < 0 && Math.abs(dy) >= Math.abs(dx);
    case "down":
      return dy > 0 && Math.abs(dy) >= Math.abs(dx);
    case "left":
      return dx < 0 && Math.abs(dx) >= Math.abs(dy);
    case "right":
      return dx > 0 && Math.abs(dx) >= Math.abs(dy);
  }
}
