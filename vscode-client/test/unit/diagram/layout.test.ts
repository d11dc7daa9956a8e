import assert from "node:assert/strict";
import { test } from "node:test";

import { shownGraph } from "../../../src/diagram/graph/folding";
import { centre, overlaps } from "../../../src/diagram/graph/geometry";
import { outlineOf } from "../../../src/diagram/graph/outline";
import { planOf } from "../../../src/diagram/drawing/plan";
import type { Layout, LayoutGraph } from "../../../src/diagram/layout/graph";
import { layoutGraph } from "../../../src/diagram/layout/layout";
import { components, dataOrder, hasShortcut, segments } from "../../../src/diagram/layout/segments";
import type { ModelGraph } from "../../../src/protocol";
import { deep, edge, measure, model, nested, node, path } from "./models";

function laidOut(graph: ModelGraph, open: string[] = []): Layout {
  return layoutGraph(planOf(shownGraph(outlineOf(graph), new Set(open)), measure).graph);
}

function place(layout: Layout, key: string) {
  const found = layout.nodes.find((each) => each.key === key);
  assert.ok(found, key);
  return found;
}

/** No two nodes overlap, unless one is inside the other. */
function assertApart(layout: Layout): void {
  for (const first of layout.nodes) {
    for (const second of layout.nodes) {
      const apart = first === second || !overlaps(first, second);
      assert.ok(apart || first.open || second.open, `${first.key} and ${second.key} overlap`);
    }
  }
}

const links = (...pairs: [string, string][]) => pairs.map(([from, to]) => ({ from, to }));

test("data comes before what uses it, and an input right before", () => {
  const edges = links(["a", "b"], ["b", "d"], ["c", "d"]);
  assert.deepEqual(dataOrder(["c", "d", "a", "b"], edges), ["a", "b", "c", "d"]);
});

test("a cycle, as of a shared layer, is ordered all the same", () => {
  const edges = links(["a", "b"], ["b", "c"], ["c", "b"], ["c", "d"]);
  assert.deepEqual(dataOrder(["a", "b", "c", "d"], edges), ["a", "b", "c", "d"]);
  assert.deepEqual(dataOrder(["a", "b"], links(["a", "b"], ["b", "a"])).toSorted(), ["a", "b"]);
});

test("a chain of a hundred thousand nodes is ordered without exhausting the stack", () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => String(index));
  const edges = keys.slice(1).map((to, index) => ({ from: keys[index]!, to }));
  assert.deepEqual(dataOrder(keys, edges), keys);
});

test("what no edge connects are parts of their own", () => {
  assert.deepEqual(components(["a", "b", "c", "d"], links(["a", "c"])), [["a", "c"], ["b"], ["d"]]);
});

test("a graph is cut where every path runs through one node", () => {
  const edges = links(["a", "b"], ["b", "c"], ["c", "d"], ["a", "d"], ["d", "e"], ["e", "f"]);
  const parts = segments(["a", "b", "c", "d", "e", "f"], edges);
  assert.deepEqual(
    parts.map(({ keys }) => keys),
    [
      ["a", "b", "c", "d"],
      ["d", "e"],
      ["e", "f"],
    ],
  );
  assert.equal(parts.flatMap((part) => part.edges).length, edges.length, "no edge is lost");
  assert.deepEqual(parts.map(hasShortcut), [true, false, false]);
  assert.deepEqual(
    segments(["only"], []).map(({ keys }) => keys),
    [["only"]],
  );
});

test("a fork that joins again has no shortcut", () => {
  const edges = links(["a", "b"], ["b", "d"], ["a", "c"], ["c", "d"]);
  assert.deepEqual(segments(["a", "b", "c", "d"], edges).map(hasShortcut), [false]);
});

test("layers stand below each other, with room for the shape between", () => {
  const layout = laidOut(model([node("a"), node("b"), node("c")], path("a", "b", "c")));
  const [a, b, c] = ["a", "b", "c"].map((key) => place(layout, key)) as [
    Layout["nodes"][0],
    Layout["nodes"][0],
    Layout["nodes"][0],
  ];
  assert.ok(a.y + a.height < b.y && b.y + b.height < c.y);
  assert.equal(centre(a).x, centre(c).x);
  const { label, points } = layout.edges[0]!;
  assert.ok(label !== null && label.y >= a.y + a.height && label.y + label.height <= b.y);
  assert.deepEqual([points[0]!.y, points.at(-1)!.y], [a.y + a.height, b.y], "edges end at the borders");
  assertApart(layout);
});

test("the path of a residual block runs straight, its shortcut around it", () => {
  const layout = laidOut(
    model([node("a"), node("b"), node("c"), node("d")], [...path("a", "b", "c", "d"), edge("a", "d")]),
  );
  const middles = ["a", "b", "c", "d"].map((key) => Math.round(centre(place(layout, key)).x));
  assert.equal(new Set(middles).size, 1);
  assertApart(layout);
});

test("everything drawn is inside the size of the layout", () => {
  const layout = laidOut(nested(), ["left", "right"]);
  const labels = layout.edges.flatMap(({ label }) => (label === null ? [] : [label]));
  for (const box of [...layout.nodes, ...labels]) {
    assert.ok(box.x >= -0.01 && box.x + box.width <= layout.width + 0.01, JSON.stringify(box));
    assert.ok(box.y >= -0.01 && box.y + box.height <= layout.height + 0.01, JSON.stringify(box));
  }
});

test("an open model holds its nodes, and those around make room", () => {
  const layout = laidOut(nested(), ["left"]);
  const outer = place(layout, "left");
  assert.equal(outer.open, true);
  for (const name of ["input", "first", "second", "add"]) {
    const inner = place(layout, `left/${name}`);
    assert.ok(inner.x > outer.x && inner.x + inner.width < outer.x + outer.width);
    assert.ok(inner.y > outer.y && inner.y + inner.height < outer.y + outer.height);
  }
  assert.equal(place(layout, "right").open, false);
  assert.ok(place(layout, "right").y > outer.y + outer.height);
  assertApart(layout);
});

test("layers without edges stand in columns", () => {
  const names = Array.from({ length: 30 }, (_, index) => `layer_${String(index)}`);
  const layout = laidOut(
    model(
      names.map((name) => node(name)),
      [],
    ),
  );
  assertApart(layout);
  assert.ok(layout.height < 700 && layout.width < 1200);
});

test("shared layers, double edges and edges to nowhere do no harm", () => {
  const edges = [...path("a", "b", "a"), edge("b", "c"), edge("b", "c"), edge("c", "c"), edge("gone", "c")];
  const layout = laidOut(model([node("a"), node("b"), node("c")], edges));
  assertApart(layout);
  assert.equal(layout.edges.filter(({ from, to }) => from === "b" && to === "c").length, 2);
});

test("what would take too long to lay out in layers stands in a column", () => {
  const count = 160;
  const ids = Array.from({ length: count }, (_, index) => `n${String(index)}`);
  const skips = ids.slice(0, count / 2 - 1).map((id, index) => edge(id, ids[count - 1 - index]!));
  const start = performance.now();
  const layout = laidOut(
    model(
      ids.map((id) => node(id)),
      [...path(...ids), ...skips],
    ),
  );
  assert.ok(performance.now() - start < 5000);
  assert.equal(layout.edges.length, count - 1 + skips.length + 1);
  assertApart(layout);
});

test("a thousand layers in residual blocks are laid out in a moment", () => {
  const { graph } = planOf(shownGraph(outlineOf(deep(1000)), new Set()), measure);
  const start = performance.now();
  const layout = layoutGraph(graph);
  const milliseconds = performance.now() - start;
  assert.equal(layout.nodes.length, 1001, "with the way out of the model");
  assert.ok(milliseconds < 5000, `${String(milliseconds)} ms`);
});

test("equal blocks are placed equally", () => {
  const layout = laidOut(deep(13));
  const heights = [0, 3, 6].map(
    (index) => place(layout, `layer_${String(index + 3)}`).y - place(layout, `layer_${String(index)}`).y,
  );
  assert.deepEqual(new Set(heights.map(Math.round)).size, 1);
});

test("the layout is plain data, as a web worker needs it", () => {
  const { graph } = planOf(shownGraph(outlineOf(nested()), new Set(["left"])), measure);
  const copied = JSON.parse(JSON.stringify(graph)) as LayoutGraph;
  assert.deepEqual(layoutGraph(copied), layoutGraph(graph));
});
