/** What the layout is given and what it gives back: plain data, so that it crosses to a web worker. */

import type { Box, Point, Size } from "../graph/geometry";

export interface LayoutNode extends Size {
  readonly key: string;
  /** What is drawn inside, below a header of the node's own size; null for a plain node. */
  readonly inside: LayoutGraph | null;
}

export interface LayoutEdge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** The room for the label on the edge; null where it has none. */
  readonly label: Size | null;
}

export interface LayoutGraph {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
}

export interface PlacedNode extends Box {
  readonly key: string;
  /** Whether other nodes are drawn inside. */
  readonly open: boolean;
}

export interface PlacedEdge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** From the border of one node to that of the other. */
  readonly points: readonly Point[];
  /** The room of the label; null where it has none. */
  readonly label: Box | null;
}

export interface Layout extends Size {
  /** An open node comes before what is inside it. */
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Distances in the unit of the node sizes. */
export const SPACING = {
  /** Between a node and the next one below, besides the height of a label between them. */
  rank: 30,
  node: 36,
  edge: 18,
  /** Between the border of an open node and what is inside. */
  padding: 22,
  component: 48,
} as const;
