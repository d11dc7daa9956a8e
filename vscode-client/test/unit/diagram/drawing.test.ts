import assert from "node:assert/strict";
import { test } from "node:test";

import {
  anchored,
  between,
  fitting,
  opening,
  SCALE,
  seen,
  showing,
  toDrawing,
  toScreen,
  zoomed,
} from "../../../src/diagram/drawing/camera";
import { cardOf } from "../../../src/diagram/drawing/card";
import { arrow, curve } from "../../../src/diagram/drawing/curves";
import { holding } from "../../../src/diagram/drawing/holding";
import { planOf } from "../../../src/diagram/drawing/plan";
import { nodesOf, nodeText, type Scene, sceneOf } from "../../../src/diagram/drawing/scene";
import { escaped, svgText } from "../../../src/diagram/drawing/svg";
import { fitted, wrapped } from "../../../src/diagram/drawing/text";
import { neighbour, nodeAt, readingOrder } from "../../../src/diagram/drawing/walking";
import { shownGraph } from "../../../src/diagram/graph/folding";
import { centre } from "../../../src/diagram/graph/geometry";
import { outlineOf } from "../../../src/diagram/graph/outline";
import { layoutGraph } from "../../../src/diagram/layout/layout";
import type { GraphNode, ModelGraph } from "../../../src/protocol";
import { block, edge, measure, model, nested, node, path } from "./models";

function scene(graph: ModelGraph, open: string[] = []): Scene {
  const plan = planOf(shownGraph(outlineOf(graph), new Set(open)), measure);
  return sceneOf(plan, layoutGraph(plan.graph), measure);
}

function card(of: GraphNode, open: string[] = []) {
  return cardOf(shownGraph(outlineOf(model([of], [])), new Set(open)).nodes[0]!, measure);
}

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

function figureOf(drawn: Scene, key: string) {
  const found = nodesOf(drawn).find((each) => each.key === key);
  assert.ok(found, key);
  return found;
}

test("texts are cut and wrapped to a width", () => {
  assert.equal(fitted("global_average_pooling2d", "name", 60, measure), "global_av…");
  assert.equal(fitted("dense", "name", 60, measure), "dense");
  assert.deepEqual(wrapped("one two three four", "detail", 48, 3, measure), ["one two", "three", "four"]);
  assert.deepEqual(wrapped("one two three four", "detail", 48, 2, measure), ["one two", "three f…"]);
  assert.deepEqual(wrapped("", "detail", 48, 2, measure), []);
  assert.deepEqual(wrapped("indivisible word", "detail", 36, 4, measure), ["indiv…", "word"]);
});

test("a node says its type, its name and its parameters", () => {
  const dense = card(node("dense_1", { parameters: 650, trainable: 650 }));
  assert.deepEqual(
    [dense.title, dense.name, plain(dense.detail), dense.fold],
    ["Dense", "dense_1", "650 parameters", "none"],
  );
  const frozen = card(node("bn", { type: "BatchNormalization", parameters: 128, trainable: 64 }));
  assert.equal(plain(frozen.detail), "128 parameters · 64 not trainable");
  assert.equal(card(node("flatten", { parameters: 0 })).detail, "", "no parameters are not worth a line");
  assert.equal(card(node("d", { parameters: null })).detail, "parameters not known");
  assert.equal(card(node("tf.add", { type: "tf.add", kind: "operation", parameters: null })).name, "");
});

test("a node shows its fault, and a folded model the fault inside it", () => {
  assert.deepEqual(card(node("d", { fault: "It does not fit." })).message, ["It does not fit."]);
  const faulty = block("b", 1);
  const inside = {
    ...faulty,
    nodes: faulty.nodes.map((each, index) => (index === 2 ? { ...each, fault: "Too small." } : each)),
  };
  assert.deepEqual([card(inside).fold, card(inside).message], ["folded", ["Too small."]]);
  assert.deepEqual([card(inside, ["b"]).fold, card(inside, ["b"]).message], ["open", []]);
});

test("the faulty edge and node are drawn in the colour of errors", () => {
  const graph = model(
    [node("a"), node("b", { fault: "It does not fit.", output: "" })],
    [edge("a", "b", { faulty: true })],
  );
  const drawn = scene(graph);
  const colours = (shapes: ReturnType<Scene["nodes"][0]["shapes"]>) =>
    shapes.flatMap(({ paint }) => [paint.fill, paint.stroke]).filter((colour) => colour === "error").length;
  assert.equal(figureOf(drawn, "b").faulty, true);
  assert.ok(colours(figureOf(drawn, "b").shapes()) >= 3);
  assert.equal(colours(figureOf(drawn, "a").shapes()), 0);
  assert.equal(drawn.edges[0]!.faulty, true);
  assert.ok(colours(drawn.edges[0]!.shapes()) >= 3);
  assert.deepEqual(drawn.outlets, [], "nothing comes out of a node that failed");
});

test("the shape that leaves the model stands below it", () => {
  const drawn = scene(model([node("a"), node("b", { output: "(None, 10)" })], path("a", "b")));
  assert.equal(drawn.outlets.length, 1);
  assert.equal(drawn.outlets[0]!.tip(), "(None, 10)");
  assert.ok(drawn.outlets[0]!.box.y > figureOf(drawn, "b").box.y);
  const keys = [...drawn.edges, ...drawn.outlets, ...drawn.nodes].map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length, "every figure has a key of its own");
});

test("where edges crowd, a shape is said once for each node it leaves", () => {
  const ids = ["a", "b", "c", "d", "e", "f"];
  const all = ids.flatMap((from, index) => ids.slice(index + 1).map((to) => edge(from, to)));
  const { graph } = planOf(
    shownGraph(
      outlineOf(
        model(
          ids.map((id) => node(id)),
          all,
        ),
      ),
      new Set(),
    ),
    measure,
  );
  assert.equal(graph.edges.filter(({ label }) => label !== null).length, ids.length - 1);
});

test("a node is described in words", () => {
  const [item] = outlineOf(model([node("dense", { input: "(None, 8)", output: "(None, 2)" })], [])).items;
  assert.equal(nodeText(item!), "dense: Dense\n(None, 8) → (None, 2)\nfloat32\n72 parameters");
});

test("curves go from the first point to the last", () => {
  assert.equal(curve([]), "");
  assert.equal(
    curve([
      { x: 0, y: 0 },
      { x: 0, y: 10 },
    ]),
    "M0,0L0,10",
  );
  assert.match(
    curve([
      { x: 0, y: 0 },
      { x: 10, y: 5 },
      { x: 0, y: 10 },
    ]),
    /^M0,0L.*C.*L0,10$/,
  );
});

test("the head of an arrow points where the edge goes", () => {
  const { head, shaft } = arrow(
    [
      { x: 0, y: 0 },
      { x: 0, y: 20 },
    ],
    10,
  );
  assert.equal(head, "M-4.2,10L0,20L4.2,10Z");
  assert.deepEqual(shaft.at(-1), { x: 0, y: 10 });
  assert.deepEqual(arrow([{ x: 1, y: 1 }], 10), { head: "", shaft: [{ x: 1, y: 1 }] });
});

test("the exported file is complete, with colours and texts that are safe", () => {
  const graph = model([node("a", { type: "My<Layer>", name: 'say "a" & b' }), node("b")], path("a", "b"));
  const text = svgText(scene(graph), {
    colour: (name) => `#${name}`,
    fontFamily: '"Segoe UI", sans-serif',
    title: "a < b",
  });
  assert.match(text, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+"/);
  assert.ok(text.includes("<title>a &lt; b</title>"));
  assert.ok(text.includes("My&lt;Layer&gt;") && text.includes("say &quot;a&quot; &amp; b"));
  assert.ok(text.includes('fill="#background"') && text.includes('fill="#family-dense"'));
  assert.ok(!text.includes("var("), "no colour is left to a page");
  assert.ok(text.includes("(None, 8)"), "the shapes are on the edges");
  assert.equal(escaped('<&">'), "&lt;&amp;&quot;&gt;");
});

test("the pointer finds the node inside before the model around it", () => {
  const drawn = scene(nested(), ["left"]);
  const inner = figureOf(drawn, "left/first");
  assert.equal(nodeAt(drawn, centre(inner.box))?.key, "left/first");
  const { box } = figureOf(drawn, "left");
  assert.equal(nodeAt(drawn, { x: box.x + 5, y: box.y + 5 })?.key, "left");
  assert.equal(nodeAt(drawn, { x: -50, y: -50 }), undefined);
});

test("keys walk along the edges, and across where there are none", () => {
  const drawn = scene(
    model(
      [node("a"), node("b"), node("c"), node("d")],
      [edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d")],
    ),
  );
  const [left, right] = [figureOf(drawn, "b"), figureOf(drawn, "c")].sort(
    (first, second) => first.box.x - second.box.x,
  );
  assert.equal(neighbour(drawn, left!, "right")?.key, right!.key);
  assert.equal(neighbour(drawn, right!, "left")?.key, left!.key);
  assert.equal(neighbour(drawn, left!, "up")?.key, "a");
  assert.equal(neighbour(drawn, left!, "down")?.key, "d");
  assert.equal(neighbour(drawn, figureOf(drawn, "d"), "down"), undefined);
});

test("in reading order an open model comes right before what is inside", () => {
  const order = readingOrder(scene(nested(), ["left"])).map(({ key }) => key);
  assert.deepEqual(order, ["in", "left", "left/input", "left/first", "left/second", "left/add", "right", "out30"]);
});

const VIEW = { width: 800, height: 600 };

test("zooming keeps what is under the pointer", () => {
  const camera = { x: 10, y: 20, scale: 1 };
  const at = { x: 300, y: 200 };
  const closer = zoomed(camera, 2, at);
  assert.deepEqual(toDrawing(closer, at), toDrawing(camera, at));
  assert.equal(zoomed(camera, 1e9, at).scale, SCALE.most);
  assert.equal(zoomed(camera, 1e-9, at).scale, SCALE.least);
});

test("fitting shows the whole drawing, and never magnifies", () => {
  assert.equal(fitting({ width: 100, height: 100 }, VIEW).scale, 1);
  const camera = fitting({ width: 4000, height: 1000 }, VIEW);
  const window = seen(camera, VIEW, 0);
  assert.ok(window.x <= 0 && window.x + window.width >= 4000 && window.y <= 0 && window.y + window.height >= 1000);
});

test("a long model opens at its top, large enough to read", () => {
  const camera = opening({ width: 400, height: 100_000 }, VIEW);
  assert.equal(camera.scale, 1);
  assert.ok(toScreen(camera, { x: 200, y: 0 }).y < 60);
  assert.equal(opening({ width: 200, height: 200 }, VIEW).scale, 1);
  assert.equal(opening({ width: 4000, height: 4000 }, VIEW).scale, 0.6);
});

test("showing moves only where something is out of view", () => {
  const camera = { x: 0, y: 0, scale: 1 };
  assert.equal(showing(camera, { x: 300, y: 200, width: 100, height: 50 }, VIEW), camera);
  const moved = showing(camera, { x: 300, y: 2000, width: 100, height: 50 }, VIEW);
  assert.deepEqual(toScreen(moved, { x: 350, y: 2025 }), { x: 400, y: 300 });
  assert.equal(showing(camera, { x: -500, y: -500, width: 5000, height: 5000 }, VIEW).scale, 1);
});

test("cameras keep an anchor and glide", () => {
  const camera = { x: 5, y: 5, scale: 2 };
  const [before, after] = [
    { x: 10, y: 10 },
    { x: 40, y: 90 },
  ];
  assert.deepEqual(toScreen(anchored(camera, before, after), after), toScreen(camera, before));
  assert.deepEqual(between({ x: 0, y: 0, scale: 1 }, { x: 10, y: 20, scale: 3 }, 0.5), { x: 5, y: 10, scale: 2 });
});

test("while the drawing changes, the node that was clicked stays in its place", () => {
  const [before, after] = [scene(nested()), scene(nested(), ["left"])];
  const camera = { x: 100, y: 50, scale: 1 };
  const held = holding(camera, VIEW, before, after, "right");
  assert.deepEqual(toScreen(held, figureOf(after, "right").box), toScreen(camera, figureOf(before, "right").box));
  const middle = holding(camera, VIEW, before, scene(model([node("other")], [])), null);
  assert.equal(middle, camera, "with nothing in common the view stays");
});
