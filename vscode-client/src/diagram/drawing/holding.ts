/** Keeping the view steady while the drawing changes. */

import { centre, type Point, type Size } from "../graph/geometry";
import { anchored, type Camera, toDrawing } from "./camera";
import { type NodeFigure, nodesOf, type Scene } from "./scene";

/**
 * The camera for a changed scene: the node with the key `anchor`, else the one nearest to the middle of the view that
 * is in both scenes, stays where it is on the screen.
 */
export function holding(camera: Camera, view: Size, before: Scene, after: Scene, anchor: string | null): Camera {
  const places = new Map(nodesOf(after).map((figure) => [figure.key, figure]));
  const middle = toDrawing(camera, { x: view.width / 2, y: view.height / 2 });
  let held: { readonly before: NodeFigure; readonly after: NodeFigure } | undefined;
  let least = Infinity;
  for (const figure of nodesOf(before)) {
    const place = places.get(figure.key);
    const remoteness = figure.key === anchor ? -1 : distance(centre(figure.box), middle);
    if (place !== undefined && remoteness < least) {
      held = { before: figure, after: place };
      least = remoteness;
    }
  }
  // By the corner, where the fold is that was clicked.
  return held === undefined ? camera : anchored(camera, held.before.box, held.after.box);
}

function distance(first: Point, second: Point): number {
  return Math.hypot(second.x - first.x, second.y - first.y);
}
