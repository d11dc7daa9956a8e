/** What is drawn, as plain shapes: the page makes elements of them, and the export makes text. */

import { type Family, familyOf } from "../graph/families";
import { canOpen } from "../graph/folding";
import { exactCount } from "../graph/formatting";
import { around, type Box, boxAround, centre, corners, type Size } from "../graph/geometry";
import type { Item } from "../graph/outline";
import type { Layout, PlacedEdge, PlacedNode } from "../layout/graph";
import { CARD, type Card } from "./card";
import { arrow, curve, figure } from "./curves";
import { LABEL, type Plan, type PlannedEdge, type PlannedNode } from "./plan";
import type { Font, Measure } from "./text";

export const COLOURS = [
  "background",
  "container",
  "container-border",
  "node",
  "node-border",
  "foreground",
  "muted",
  "edge",
  "error",
  "error-background",
] as const;

export type Colour = (typeof COLOURS)[number] | `family-${Family}`;

export interface Paint {
  readonly fill?: Colour;
  readonly stroke?: Colour;
  readonly width?: number;
}

export type Shape =
  | ({ readonly kind: "rect"; readonly radius: number; readonly paint: Paint } & Box)
  | { readonly kind: "path"; readonly d: string; readonly paint: Paint }
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly font: Font;
      readonly anchor: "start" | "middle" | "end";
      readonly paint: Paint;
    };

/** Shapes that come and go together. Only those in view are made, so a model of any size is taken in at once. */
export interface Figure {
  readonly key: string;
  readonly box: Box;
  shapes(): readonly Shape[];
  /** What a pointer that rests here is told. */
  tip(): string;
}

export interface NodeFigure extends Figure {
  readonly item: Item;
  readonly placed: PlacedNode;
  readonly faulty: boolean;
  readonly family: () => Family;
}

export interface EdgeFigure extends Figure {
  readonly placed: PlacedEdge;
  readonly faulty: boolean;
}

export interface Scene extends Size {
  /** Open models, the outer before the inner. */
  readonly containers: readonly NodeFigure[];
  readonly edges: readonly EdgeFigure[];
  readonly nodes: readonly NodeFigure[];
  readonly outlets: readonly Figure[];
}

const RADIUS = 5;
const ARROW = 7;
const STRIP = 4;

/** The shapes of a planned graph at the places that its layout gave. */
export function sceneOf(plan: Plan, layout: Layout, measure: Measure): Scene {
  const containers: NodeFigure[] = [];
  const nodes: NodeFigure[] = [];
  const outlets: Figure[] = [];
  for (const placed of layout.nodes) {
    const planned = plan.nodes.get(placed.key);
    const outlet = plan.outlets.get(placed.key);
    if (planned !== undefined) {
      (placed.open ? containers : nodes).push(nodeFigure(placed, planned, measure));
    } else if (outlet !== undefined) {
      outlets.push(outletFigure(placed, outlet));
    }
  }
  const edges = layout.edges.map((placed) => edgeFigure(placed, plan, measure));
  return { containers, edges, nodes, outlets, width: layout.width, height: layout.height };
}

/** Every node, the open ones first. */
export function nodesOf(scene: Scene): readonly NodeFigure[] {
  return [...scene.containers, ...scene.nodes];
}

/** What a node says of itself in words, for a pointer and for a screen reader. */
export function nodeText({ node }: Item): string {
  const parts = [node.name === node.type ? node.type : `${node.name}: ${node.type}`];
  if (node.input !== "" || node.output !== "") {
    parts.push([node.input, node.output].filter((shape) => shape !== "").join(" → "));
  }
  if (node.dtype !== "") {
    parts.push(node.dtype);
  }
  if (node.parameters !== null && node.parameters > 0) {
    parts.push(`${exactCount(node.parameters)} parameters`);
  }
  if (node.fault !== "") {
    parts.push(node.fault);
  }
  return parts.join("\n");
}

function nodeFigure(placed: PlacedNode, { item, card }: PlannedNode, measure: Measure): NodeFigure {
  const family = (): Family => familyOf(item.node.type, canOpen(item) ? "model" : item.node.kind);
  const faulty = card.message.length > 0 || (placed.open && item.node.fault !== "");
  return {
    key: placed.key,
    box: placed,
    shapes: () => [...body(placed, card, family(), faulty), ...texts(placed, card, faulty, measure)],
    tip: () => nodeText(item),
    item,
    placed,
    faulty,
    family,
  };
}

function body(placed: PlacedNode, card: Card, family: Family, faulty: boolean): readonly Shape[] {
  const { x, y, width, height, open } = placed;
  const border: Paint = faulty
    ? { fill: open ? "container" : "error-background", stroke: "error", width: 1.5 }
    : { fill: open ? "container" : "node", stroke: open ? "container-border" : "node-border", width: 1 };
  // The strip follows the rounded corners of the node on its left; an open one has it beside its header only.
  const length = open ? card.height : height;
  const corner = `a${String(RADIUS)},${String(RADIUS)} 0 0 0 `;
  const foot = open
    ? `v${figure(length - RADIUS)}h${String(STRIP)}`
    : `v${figure(length - 2 * RADIUS)}${corner}${String(RADIUS)},${String(RADIUS)}h${String(STRIP - RADIUS)}`;
  const strip = `M${figure(x + RADIUS)},${figure(y)}${corner}${String(-RADIUS)},${String(RADIUS)}${foot}v${figure(-length)}Z`;
  return [
    { kind: "rect", x, y, width, height, radius: RADIUS, paint: border },
    { kind: "path", d: strip, paint: { fill: faulty ? "error" : `family-${family}` } },
  ];
}

function texts(placed: PlacedNode, card: Card, faulty: boolean, measure: Measure): readonly Shape[] {
  const { x, y, width } = placed;
  const left = x + CARD.left;
  const title = left + (card.fold === "none" ? 0 : CARD.chevron);
  const shapes: Shape[] = [];
  if (card.fold !== "none") {
    shapes.push({ kind: "path", d: chevron(left, y + 17, card.fold), paint: { stroke: "foreground", width: 1.5 } });
  }
  shapes.push(text(title, y + 21, card.title, "title", "foreground"));
  if (card.name !== "") {
    const end = placed.open ? title + measure(card.title, "title") + CARD.gap : x + width - CARD.right;
    shapes.push({ ...text(end, y + 21, card.name, "name", "muted"), anchor: placed.open ? "start" : "end" });
  }
  let line = y + CARD.titleLine;
  if (card.detail !== "") {
    shapes.push(text(left, line + 7, card.detail, "detail", "muted"));
    line += CARD.detailLine;
  }
  if (card.message.length > 0) {
    const rule = `M${figure(x + STRIP)},${figure(line)}H${figure(x + width)}`;
    shapes.push({ kind: "path", d: rule, paint: { stroke: "error", width: 0.5 } });
    card.message.forEach((part, index) => {
      const baseline = line + CARD.messagePadding + 10.5 + index * CARD.messageLine;
      shapes.push(text(left, baseline, part, "detail", faulty ? "error" : "foreground"));
    });
  }
  return shapes;
}

function text(x: number, y: number, content: string, font: Font, fill: Colour): Extract<Shape, { kind: "text" }> {
  return { kind: "text", x, y, text: content, font, anchor: "start", paint: { fill } };
}

function chevron(x: number, y: number, fold: "folded" | "open"): string {
  return fold === "folded"
    ? `M${figure(x + 1)},${figure(y - 4.5)}l4.5,4.5l-4.5,4.5`
    : `M${figure(x - 1)},${figure(y - 2.5)}l4.5,4.5l4.5,-4.5`;
}

function edgeFigure(placed: PlacedEdge, plan: Plan, measure: Measure): EdgeFigure {
  const planned = plan.edges.get(placed.key);
  const faulty = planned?.faulty ?? false;
  const { label } = placed;
  return {
    key: placed.key,
    box: around([...placed.points, ...(label === null ? [] : corners(label))]),
    shapes: () => [
      ...lineShapes(placed, faulty),
      ...(planned === undefined || label === null ? [] : labelShapes(label, planned, measure)),
    ],
    tip: () => planned?.shape ?? "",
    placed,
    faulty,
  };
}

function lineShapes({ points }: PlacedEdge, faulty: boolean): readonly Shape[] {
  const colour: Colour = faulty ? "error" : "edge";
  const { head, shaft } = arrow(points, ARROW);
  return [
    { kind: "path", d: curve(shaft), paint: { stroke: colour, width: faulty ? 2 : 1.25 } },
    { kind: "path", d: head, paint: { fill: colour } },
  ];
}

/** The label on a ground that interrupts the line. */
function labelShapes(room: Box, { label, depth, faulty }: PlannedEdge, measure: Measure): readonly Shape[] {
  const middle = centre(room);
  const ground = boxAround(middle, { width: measure(label, "label") + 2 * LABEL.padding, height: room.height });
  return [
    { kind: "rect", ...ground, radius: 3, paint: { fill: depth > 0 ? "container" : "background" } },
    { ...text(middle.x, middle.y + 4, label, "label", faulty ? "error" : "muted"), anchor: "middle" },
  ];
}

function outletFigure(placed: PlacedNode, shape: string): Figure {
  const middle = { x: placed.x + placed.width / 2, y: placed.y + placed.height / 2 + 4 };
  return {
    key: placed.key,
    box: placed,
    shapes: () => [{ ...text(middle.x, middle.y, shape, "label", "foreground"), anchor: "middle" }],
    tip: () => shape,
  };
}
