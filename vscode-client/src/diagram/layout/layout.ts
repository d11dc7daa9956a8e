/** The layout of a whole graph: inside first, then segment below segment, then part beside part. */

import { around, type Box, corners, moved, type Point, type Size } from "../graph/geometry";
import { upright } from "./ends";
import {
  type Layout,
  type LayoutEdge,
  type LayoutGraph,
  type LayoutNode,
  type PlacedEdge,
  type PlacedNode,
  SPACING,
} from "./graph";
import { type PlacedSegments, placeSegment } from "./layered";
import { components, segments } from "./segments";

/** Places every node and edge of the graph; the upper left corner is the origin. */
export function layoutGraph(graph: LayoutGraph): Layout {
  return layoutPart(graph, new Map());
}

function layoutPart(graph: LayoutGraph, known: PlacedSegments): Layout {
  const insides = new Map<string, Layout>();
  const sizes = new Map<string, Size>();
  for (const node of graph.nodes) {
    const inside = node.inside === null ? null : layoutPart(node.inside, known);
    if (inside !== null) {
      insides.set(node.key, inside);
    }
    sizes.set(node.key, outerSize(node, inside));
  }
  const edges = graph.edges.filter(({ from, to }) => sizes.has(from) && sizes.has(to));
  const keys = graph.nodes.map(({ key }) => key);
  const parts = components(keys, edges);
  const partOf = new Map(parts.flatMap((part, index) => part.map((key) => [key, index] as const)));
  const edgesOf = parts.map((): LayoutEdge[] => []);
  for (const edge of edges) {
    edgesOf[partOf.get(edge.from) ?? 0]?.push(edge);
  }
  const flat = beside(parts.map((part, index) => placePart(part, edgesOf[index] ?? [], sizes, known)));
  return withInsides(flat, graph.nodes, insides);
}

function outerSize(node: LayoutNode, inside: Layout | null): Size {
  if (inside === null) {
    return { width: node.width, height: node.height };
  }
  return {
    width: Math.max(node.width, inside.width + 2 * SPACING.padding),
    height: node.height + inside.height + 2 * SPACING.padding,
  };
}

/** Lays the segments of a connected part out so that the node they share is in one place. */
function placePart(
  keys: readonly string[],
  edges: readonly LayoutEdge[],
  sizes: ReadonlyMap<string, Size>,
  known: PlacedSegments,
): Layout {
  const centres = new Map<string, Point>();
  const placed: PlacedEdge[] = [];
  for (const segment of segments(keys, edges)) {
    const part = placeSegment(segment, sizes, known);
    const head = segment.keys[0] ?? "";
    const here = part.centres.get(head) ?? { x: 0, y: 0 };
    const there = centres.get(head) ?? { x: 0, y: 0 };
    const by = { x: there.x - here.x, y: there.y - here.y };
    for (const [key, point] of part.centres) {
      centres.set(key, moved(point, by));
    }
    placed.push(...part.edges.map((edge) => movedEdge(edge, by)));
  }
  const nodes = keys.map((key): PlacedNode => {
    const { width, height } = sizes.get(key) ?? { width: 0, height: 0 };
    const { x, y } = centres.get(key) ?? { x: 0, y: 0 };
    return { key, x: x - width / 2, y: y - height / 2, width, height, open: false };
  });
  const boxes = new Map(nodes.map((node) => [node.key, node]));
  return atOrigin(
    nodes,
    placed.map((edge) => upright(edge, boxes)),
  );
}

/** The parts in columns, the first column as high as the highest part. */
function beside(parts: readonly Layout[]): Layout {
  const limit = Math.max(600, ...parts.map(({ height }) => height));
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [];
  let [left, top, width] = [0, 0, 0];
  for (const part of parts) {
    if (top > 0 && top + part.height > limit) {
      left += width + SPACING.component;
      [top, width] = [0, 0];
    }
    const by = { x: left, y: top };
    nodes.push(...part.nodes.map((node) => moved(node, by)));
    edges.push(...part.edges.map((edge) => movedEdge(edge, by)));
    top += part.height + SPACING.node;
    width = Math.max(width, part.width);
  }
  return atOrigin(nodes, edges);
}

function withInsides(flat: Layout, given: readonly LayoutNode[], insides: ReadonlyMap<string, Layout>): Layout {
  const headers = new Map(given.map(({ key, height }) => [key, height]));
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [...flat.edges];
  for (const node of flat.nodes) {
    const inside = insides.get(node.key);
    nodes.push({ ...node, open: inside !== undefined });
    if (inside !== undefined) {
      const by = {
        x: node.x + (node.width - inside.width) / 2,
        y: node.y + (headers.get(node.key) ?? 0) + SPACING.padding,
      };
      nodes.push(...inside.nodes.map((child) => moved(child, by)));
      edges.push(...inside.edges.map((edge) => movedEdge(edge, by)));
    }
  }
  return { nodes, edges, width: flat.width, height: flat.height };
}

/** Shifts everything so that the upper left corner of what is drawn is the origin. */
function atOrigin(nodes: readonly PlacedNode[], edges: readonly PlacedEdge[]): Layout {
  const drawn: Box = around([...nodes.flatMap(corners), ...edges.flatMap(extent)]);
  const by = { x: -drawn.x, y: -drawn.y };
  return {
    nodes: nodes.map((node) => moved(node, by)),
    edges: edges.map((edge) => movedEdge(edge, by)),
    width: drawn.width,
    height: drawn.height,
  };
}

function extent({ points, label }: PlacedEdge): readonly Point[] {
  return label === null ? points : [...points, ...corners(label)];
}

function movedEdge(edge: PlacedEdge, by: Point): PlacedEdge {
  return {
    ...edge,
    points: edge.points.map((point) => moved(point, by)),
    label: edge.label === null ? null : moved(edge.label, by),
  };
}
