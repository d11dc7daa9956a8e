/** Which part of the drawing the page shows, and how large. */

import { type Box, centre, type Point, type Size } from "../graph/geometry";

/** A point of the drawing is seen at `scale` times itself, moved by `x` and `y`. */
export interface Camera extends Point {
  readonly scale: number;
}

export const SCALE = { least: 0.01, most: 4, readable: 0.4, step: 1.2 } as const;

const MARGIN = 28;

export function toScreen(camera: Camera, point: Point): Point {
  return { x: point.x * camera.scale + camera.x, y: point.y * camera.scale + camera.y };
}

export function toDrawing(camera: Camera, point: Point): Point {
  return { x: (point.x - camera.x) / camera.scale, y: (point.y - camera.y) / camera.scale };
}

/** The part of the drawing that a view of this size shows, with `margin` pixels around it. */
export function seen(camera: Camera, view: Size, margin: number): Box {
  const corner = toDrawing(camera, { x: -margin, y: -margin });
  return {
    ...corner,
    width: (view.width + 2 * margin) / camera.scale,
    height: (view.height + 2 * margin) / camera.scale,
  };
}

/** Zooms so that what is under the point of the screen stays there. */
export function zoomed(camera: Camera, factor: number, at: Point): Camera {
  const scale = Math.min(SCALE.most, Math.max(SCALE.least, camera.scale * factor));
  const ratio = scale / camera.scale;
  return { scale, x: at.x - (at.x - camera.x) * ratio, y: at.y - (at.y - camera.y) * ratio };
}

export function panned(camera: Camera, x: number, y: number): Camera {
  return { ...camera, x: camera.x + x, y: camera.y + y };
}

/** The whole drawing in the middle of the view, never larger than its true size. */
export function fitting(drawing: Size, view: Size): Camera {
  const scale = Math.max(
    SCALE.least,
    Math.min(
      1,
      (view.width - 2 * MARGIN) / Math.max(1, drawing.width),
      (view.height - 2 * MARGIN) / Math.max(1, drawing.height),
    ),
  );
  return {
    scale,
    x: (view.width - drawing.width * scale) / 2,
    y: (view.height - drawing.height * scale) / 2,
  };
}

/** How a drawing is first seen: whole where its texts can be read then, else from its top on. */
export function opening(drawing: Size, view: Size): Camera {
  const whole = fitting(drawing, view);
  if (whole.scale >= 0.6) {
    return whole;
  }
  const across = (view.width - 2 * MARGIN) / Math.max(1, drawing.width);
  const scale = Math.min(1, Math.max(0.6, across));
  return { scale, x: (view.width - drawing.width * scale) / 2, y: MARGIN };
}

/** Moves the view just as far as it takes to show the box; to its middle where the box lies outside. */
export function showing(camera: Camera, box: Box, view: Size): Camera {
  const corner = toScreen(camera, box);
  const size = { width: box.width * camera.scale, height: box.height * camera.scale };
  const inside =
    corner.x >= MARGIN &&
    corner.y >= MARGIN &&
    corner.x + size.width <= view.width - MARGIN &&
    corner.y + size.height <= view.height - MARGIN;
  if (inside) {
    return camera;
  }
  const middle = centre(box);
  const fits = size.width <= view.width - 2 * MARGIN && size.height <= view.height - 2 * MARGIN;
  const target = fits ? toScreen(camera, middle) : { x: corner.x + size.width / 2, y: corner.y + 40 };
  const inView = target.x >= 0 && target.x <= view.width && target.y >= 0 && target.y <= view.height;
  if (!fits && inView) {
    return camera;
  }
  return panned(camera, view.width / 2 - target.x, view.height / 2 - target.y);
}

/** Moves the view so that a box that changed its place in the drawing keeps its place on the screen. */
export function anchored(camera: Camera, before: Point, after: Point): Camera {
  return panned(camera, (before.x - after.x) * camera.scale, (before.y - after.y) * camera.scale);
}

/** A camera between two others, `part` of the way. */
export function between(from: Camera, to: Camera, part: number): Camera {
  const mix = (first: number, second: number): number => first + (second - first) * part;
  return { scale: mix(from.scale, to.scale), x: mix(from.x, to.x), y: mix(from.y, to.y) };
}
