/** Points of an edge as SVG paths. */

import type { Point } from "../graph/geometry";

/** A number as it stands in a path: a tenth of a pixel is finer than a screen shows. */
export function figure(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A cubic B-spline that starts and ends at the first and last point and is drawn towards those between. */
export function curve(points: readonly Point[]): string {
  const [first, second, ...rest] = points;
  if (first === undefined) {
    return "";
  }
  if (second === undefined || rest.length === 0) {
    return line(points);
  }
  const parts = [`M${pair(first)}`, `L${pair(mixed(first, 5, second, 1))}`];
  let [previous, current] = [first, second];
  const last = rest.at(-1) ?? second;
  for (const next of [...rest, last]) {
    const knot = {
      x: (previous.x + 4 * current.x + next.x) / 6,
      y: (previous.y + 4 * current.y + next.y) / 6,
    };
    parts.push(`C${pair(mixed(previous, 2, current, 1))} ${pair(mixed(previous, 1, current, 2))} ${pair(knot)}`);
    [previous, current] = [current, next];
  }
  return [...parts, `L${pair(last)}`].join("");
}

/** Straight lines from point to point. */
export function line(points: readonly Point[]): string {
  return points.map((point, index) => `${index === 0 ? "M" : "L"}${pair(point)}`).join("");
}

/** The head of an arrow at the last point, and the points shortened so that the line ends at its back. */
export function arrow(
  points: readonly Point[],
  length: number,
): { readonly head: string; readonly shaft: readonly Point[] } {
  const tip = points.at(-1);
  const before = [...points].reverse().find((point) => tip !== undefined && distance(point, tip) > 0.01);
  if (tip === undefined || before === undefined) {
    return { head: "", shaft: points };
  }
  const size = distance(before, tip);
  const along = { x: (tip.x - before.x) / size, y: (tip.y - before.y) / size };
  const back = { x: tip.x - along.x * length, y: tip.y - along.y * length };
  const half = length * 0.42;
  const left = { x: back.x - along.y * half, y: back.y + along.x * half };
  const right = { x: back.x + along.y * half, y: back.y - along.x * half };
  return { head: `${line([left, tip, right])}Z`, shaft: [...points.slice(0, -1), back] };
}

function distance(first: Point, second: Point): number {
  return Math.hypot(second.x - first.x, second.y - first.y);
}

function mixed(first: Point, ofFirst: number, second: Point, ofSecond: number): Point {
  const sum = ofFirst + ofSecond;
  return {
    x: (first.x * ofFirst + second.x * ofSecond) / sum,
    y: (first.y * ofFirst + second.y * ofSecond) / sum,
  };
}

function pair({ x, y }: Point): string {
  return `${figure(x)},${figure(y)}`;
}
