/** A layered layout of one segment, and plainer ones for what needs none or would take too long. */

import * as dagre from "@dagrejs/dagre";
import { boxAround, type Point, type Size } from "../graph/geometry";
import { type LayoutEdge, type PlacedEdge, SPACING } from "./graph";
import { complexity, hasShortcut, type Segment } from "./segments";

/** Where the middles of the nodes are, and the edges, in a frame of the segment's own. */
export interface PlacedSegment {
  readonly centres: ReadonlyMap<string, Point>;
  readonly edges: readonly PlacedEdge[];
}

/** Segments that were placed already, by what their layout depends on. */
export type PlacedSegments = Map<string, PlacedSegment>;

/** A layered layout of this many crossed ranks takes about two seconds; beyond it the plain column takes over. */
const MAXIMAL_COMPLEXITY = 2500;
/** Up to here a layout takes a few milliseconds, and several can be compared. */
const MODEST_COMPLEXITY = 120;

/**
 * Places the nodes of a segment by the data's way, from top to bottom. Networks repeat their blocks, so a segment like
 * one that was placed before takes its places.
 */
export function placeSegment(
  given: Segment<LayoutEdge>,
  sizes: ReadonlyMap<string, Size>,
  known: PlacedSegments,
): PlacedSegment {
  const names = new Map(given.keys.map((key, index) => [key, String(index)]));
  const edges = given.edges.map((edge, index): LayoutEdge => ({
    key: String(index),
    from: names.get(edge.from) ?? "",
    to: names.get(edge.to) ?? "",
    label: edge.label,
  }));
  const numbered = { keys: [...names.values()], edges };
  const numberedSizes = new Map(given.keys.map((key, index) => [String(index), sizeOf(sizes, key)]));
  const signature = JSON.stringify([[...numberedSizes.values()], edges]);
  const placed = known.get(signature) ?? place(numbered, numberedSizes);
  known.set(signature, placed);
  return {
    centres: new Map(given.keys.map((key, index) => [key, placed.centres.get(String(index)) ?? { x: 0, y: 0 }])),
    edges: given.edges.map(({ key, from, to }, index) => ({
      key,
      from,
      to,
      points: placed.edges[index]?.points ?? [],
      label: placed.edges[index]?.label ?? null,
    })),
  };
}

function place(segment: Segment<LayoutEdge>, sizes: ReadonlyMap<string, Size>): PlacedSegment {
  return isStep(segment) || complexity(segment) > MAXIMAL_COMPLEXITY ? column(segment, sizes) : layered(segment, sizes);
}

/** Whether the segment is two nodes with one edge, or a single node: most of a chain. */
function isStep({ keys, edges }: Segment<LayoutEdge>): boolean {
  const [edge] = edges;
  return edges.length === 0 || (keys.length === 2 && edges.length === 1 && edge?.from === keys[0]);
}

/**
 * Balanced between what each node is connected to, which suits forks and joins. Where an edge only cuts a path short,
 * as in a residual block, the layout with the fewest bends instead: it keeps the path straight below the block before.
 */
function layered(segment: Segment<LayoutEdge>, sizes: ReadonlyMap<string, Size>): PlacedSegment {
  const balanced = aligned(segment, sizes, undefined);
  if (complexity(segment) > MODEST_COMPLEXITY || !hasShortcut(segment)) {
    return balanced;
  }
  const others = (["UL", "UR", "DL", "DR"] as const).map((align) => aligned(segment, sizes, align));
  return others.reduce((best, other) => (bends(other) < bends(best) ? other : best), balanced);
}

/** How many edges do not run straight down. */
function bends({ edges }: PlacedSegment): number {
  return edges.filter(({ points }) => points.some(({ x }) => Math.abs(x - (points[0]?.x ?? 0)) > 1)).length;
}

function aligned(
  segment: Segment<LayoutEdge>,
  sizes: ReadonlyMap<string, Size>,
  align: "UL" | "UR" | "DL" | "DR" | undefined,
): PlacedSegment {
  const graph = new dagre.Graph<dagre.GraphLabel, dagre.NodeLabel, dagre.EdgeLabel>({ multigraph: true });
  const spacing = { ranksep: SPACING.rank, nodesep: SPACING.node, edgesep: SPACING.edge };
  graph.setGraph(align === undefined ? spacing : { ...spacing, align });
  for (const key of segment.keys) {
    graph.setNode(key, { ...sizeOf(sizes, key) });
  }
  const positions = new Map(segment.keys.map((key, index) => [key, index]));
  for (const edge of segment.edges) {
    const span = Math.abs((positions.get(edge.to) ?? 0) - (positions.get(edge.from) ?? 0));
    // The main path stays short and the shortcut reaches around it.
    const weight = span === 1 ? 8 : 1;
    graph.setEdge(edge.from, edge.to, { ...(edge.label ?? { width: 0, height: 0 }), labelpos: "c", weight }, edge.key);
  }
  dagre.layout(graph);
  const centres = new Map(
    segment.keys.map((key) => {
      const node = graph.node(key);
      return [key, { x: node.x ?? 0, y: node.y ?? 0 }];
    }),
  );
  const edges = segment.edges.map((edge): PlacedEdge => {
    const placed = graph.edge(edge.from, edge.to, edge.key);
    const points = (placed.points ?? []).map(({ x, y }) => ({ x, y }));
    const label = edge.label === null ? null : boxAround({ x: placed.x ?? 0, y: placed.y ?? 0 }, edge.label);
    return { key: edge.key, from: edge.from, to: edge.to, points, label };
  });
  return { centres, edges };
}

/** One node below the other; edges that jump over nodes bow out on both sides in turn. */
function column({ keys, edges }: Segment<LayoutEdge>, sizes: ReadonlyMap<string, Size>): PlacedSegment {
  const centres = new Map<string, Point>();
  const gap = SPACING.rank + Math.max(0, ...edges.map(({ label }) => label?.height ?? 0));
  let y = 0;
  for (const key of keys) {
    const { height } = sizeOf(sizes, key);
    centres.set(key, { x: 0, y: y + height / 2 });
    y += height + gap;
  }
  const positions = new Map(keys.map((key, index) => [key, index]));
  let side = 1;
  const placed = edges.map((edge): PlacedEdge => {
    const { key, from, to } = edge;
    const [start, end] = [centres.get(from) ?? { x: 0, y: 0 }, centres.get(to) ?? { x: 0, y: 0 }];
    const [above, below] = [sizeOf(sizes, from), sizeOf(sizes, to)];
    const span = (positions.get(to) ?? 0) - (positions.get(from) ?? 0);
    if (span === 1) {
      const points = [
        { x: 0, y: start.y + above.height / 2 },
        { x: 0, y: end.y - below.height / 2 },
      ];
      const middle = { x: 0, y: ((points[0]?.y ?? 0) + (points[1]?.y ?? 0)) / 2 };
      return { key, from, to, points, label: edge.label === null ? null : boxAround(middle, edge.label) };
    }
    side = -side;
    const reach = Math.max(above.width, below.width) / 2 + 24 * (1 + Math.log2(Math.abs(span) + 1));
    const points = [
      { x: (side * above.width) / 2, y: start.y },
      { x: side * reach, y: start.y + (end.y - start.y) * 0.1 },
      { x: side * reach, y: end.y - (end.y - start.y) * 0.1 },
      { x: (side * below.width) / 2, y: end.y },
    ];
    return { key, from, to, points, label: null };
  });
  return { centres, edges: placed };
}

function sizeOf(sizes: ReadonlyMap<string, Size>, key: string): Size {
  const { width, height } = sizes.get(key) ?? { width: 0, height: 0 };
  return { width, height };
}
