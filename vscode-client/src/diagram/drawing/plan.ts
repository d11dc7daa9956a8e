/** From the shown graph to what the layout needs, with what the drawing needs besides. */

import type { GraphEdge } from "../../protocol";
import type { ShownGraph, ShownNode } from "../graph/folding";
import { shortened } from "../graph/formatting";
import type { Item } from "../graph/outline";
import type { LayoutEdge, LayoutGraph, LayoutNode } from "../layout/graph";
import { type Card, cardOf, stepped } from "./card";
import type { Measure } from "./text";

export interface Plan {
  readonly graph: LayoutGraph;
  readonly nodes: ReadonlyMap<string, PlannedNode>;
  readonly edges: ReadonlyMap<string, PlannedEdge>;
  /** The shapes that leave the model, under the keys of their places in the layout. */
  readonly outlets: ReadonlyMap<string, string>;
}

export interface PlannedNode {
  readonly item: Item;
  readonly card: Card;
}

export interface PlannedEdge {
  readonly label: string;
  readonly shape: string;
  readonly faulty: boolean;
  /** How many open models it lies in. */
  readonly depth: number;
}

export const LABEL = { height: 18, padding: 5, longest: 44, widthStep: 6 } as const;

/** Edges for each node, beyond which labels are not repeated. */
const CROWDED = 2;

/** Plans the drawing of a graph. */
export function planOf(graph: ShownGraph, measure: Measure): Plan {
  const nodes = new Map<string, PlannedNode>();
  const edges = new Map<string, PlannedEdge>();
  const outlets = new Map<string, string>();
  const planned = planGraph(graph, "", 0, { nodes, edges, measure });
  const outer = withOutlets(planned, graph, { edges, outlets, measure });
  return { graph: outer, nodes, edges, outlets };
}

interface Collected {
  readonly nodes: Map<string, PlannedNode>;
  readonly edges: Map<string, PlannedEdge>;
  readonly measure: Measure;
}

function planGraph(graph: ShownGraph, owner: string, depth: number, into: Collected): LayoutGraph {
  const keys = new Map(graph.nodes.map(({ item }) => [item.node.id, item.key]));
  const nodes = graph.nodes.map((node) => planNode(node, depth, into));
  const repeated = repeatedLabels(graph);
  const edges = graph.edges.map((edge, index): LayoutEdge => {
    const key = `${owner}>${String(index)}`;
    into.edges.set(key, plannedEdge(edge, depth));
    return {
      key,
      from: keys.get(edge.from) ?? "",
      to: keys.get(edge.to) ?? "",
      label: repeated.has(edge) ? null : labelSize(edge.shape, into.measure),
    };
  });
  return { nodes, edges };
}

/**
 * The edges that go without a label in a graph with so many that labels would hide them: those from a node that says
 * the same shape on another edge. Their shapes are still told to a pointer.
 */
function repeatedLabels(graph: ShownGraph): ReadonlySet<GraphEdge> {
  const repeated = new Set<GraphEdge>();
  if (graph.edges.length > CROWDED * graph.nodes.length) {
    const said = new Set<string>();
    for (const edge of graph.edges) {
      const saying = `${edge.from} ${edge.shape}`;
      if (said.has(saying) && !edge.faulty) {
        repeated.add(edge);
      }
      said.add(saying);
    }
  }
  return repeated;
}

function planNode(node: ShownNode, depth: number, into: Collected): LayoutNode {
  const card = cardOf(node, into.measure);
  const { key } = node.item;
  into.nodes.set(key, { item: node.item, card });
  const inside = node.inside === null ? null : planGraph(node.inside, key, depth + 1, into);
  return { key, width: card.width, height: card.height, inside };
}

function plannedEdge({ shape, faulty }: GraphEdge, depth: number): PlannedEdge {
  return { label: shortened(shape, LABEL.longest), shape, faulty, depth };
}

function labelSize(shape: string, measure: Measure): { readonly width: number; readonly height: number } | null {
  if (shape === "") {
    return null;
  }
  const width = measure(shortened(shape, LABEL.longest), "label") + 2 * LABEL.padding;
  return { width: stepped(width, LABEL.widthStep), height: LABEL.height };
}

/** Gives each node that feeds no other a way out of the model, with the shape that leaves it. */
function withOutlets(
  planned: LayoutGraph,
  graph: ShownGraph,
  into: { edges: Map<string, PlannedEdge>; outlets: Map<string, string>; measure: Measure },
): LayoutGraph {
  const feeding = new Set(graph.edges.map(({ from }) => from));
  const nodes = [...planned.nodes];
  const edges = [...planned.edges];
  for (const { item } of graph.nodes) {
    const { node, key } = item;
    const size = labelSize(node.output, into.measure);
    if (size === null || feeding.has(node.id) || node.fault !== "" || graph.edges.length === 0) {
      continue;
    }
    const outlet = `${key}>out`;
    const edge = `${key}>outwards`;
    into.outlets.set(outlet, shortened(node.output, LABEL.longest));
    into.edges.set(edge, { label: "", shape: node.output, faulty: false, depth: 0 });
    nodes.push({ key: outlet, ...size, inside: null });
    edges.push({ key: edge, from: key, to: outlet, label: null });
  }
  return { nodes, edges };
}
