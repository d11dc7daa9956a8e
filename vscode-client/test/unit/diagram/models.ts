/** Models to draw in tests. */

import type { GraphEdge, GraphNode, ModelGraph, NodeKind } from "../../../src/protocol";
import type { Measure } from "../../../src/diagram/drawing/text";

export const URI = "file:///project/model.py";

/** Every letter is six pixels wide. */
export const measure: Measure = (text) => 6 * text.length;

/** A node on the line of the file that its id ends in, if any. */
export function node(id: string, more: Partial<GraphNode> = {}): GraphNode {
  const line = Number(/\d+$/.exec(id)?.[0] ?? 0);
  return {
    id,
    name: id,
    type: "Dense",
    kind: "layer",
    uri: URI,
    range: { start: { line, character: 4 }, end: { line, character: 30 } },
    input: "(None, 8)",
    output: "(None, 8)",
    dtype: "float32",
    parameters: 72,
    trainable: 72,
    flops: 136,
    activations: 8,
    activationBytes: 32,
    fault: "",
    nodes: [],
    edges: [],
    ...more,
  };
}

export function edge(from: string, to: string, more: Partial<GraphEdge> = {}): GraphEdge {
  return { from, to, shape: "(None, 8)", faulty: false, ...more };
}

/** Edges along a path of nodes. */
export function path(...ids: string[]): GraphEdge[] {
  return ids.slice(1).map((id, index) => edge(ids[index]!, id));
}

export function model(nodes: GraphNode[], edges: GraphEdge[], more: Partial<ModelGraph> = {}): ModelGraph {
  return {
    name: "model",
    type: "Functional",
    layerName: "functional",
    uri: URI,
    range: { start: { line: 0, character: 0 }, end: { line: 0, character: 5 } },
    input: "(None, 8)",
    output: "(None, 8)",
    parameters: null,
    trainableParameters: null,
    broken: "",
    nodes,
    edges,
    ...more,
  };
}

/** A model called `id` with an input, two layers and an addition that the input also goes to. */
export function block(id: string, firstLine: number): GraphNode {
  const inner = (name: string, offset: number, kind: NodeKind = "layer"): GraphNode =>
    node(`${id}.${name}.${String(firstLine + offset)}`, { name, kind });
  const nodes = [inner("input", 0, "input"), inner("first", 1), inner("second", 2), inner("add", 3)];
  const [input, first, second, add] = nodes.map((each) => each.id) as [string, string, string, string];
  return node(id, {
    type: "Functional",
    kind: "model",
    range: null,
    parameters: 144,
    nodes,
    edges: [...path(input, first, second, add), edge(input, add)],
  });
}

/** Two blocks between an input and a layer. */
export function nested(): ModelGraph {
  const nodes = [
    node("in", { kind: "input", type: "InputLayer" }),
    block("left", 10),
    block("right", 20),
    node("out30"),
  ];
  return model(nodes, path("in", "left", "right", "out30"));
}

/** A chain of that many nodes in residual blocks of three. */
export function deep(count: number): ModelGraph {
  const ids = Array.from({ length: count }, (_, index) => `layer_${String(index)}`);
  const shortcuts = ids.flatMap((id, index) => (index % 3 === 0 && index > 0 ? [edge(ids[index - 3]!, id)] : []));
  return model(
    ids.map((id) => node(id)),
    [...path(...ids), ...shortcuts],
  );
}
