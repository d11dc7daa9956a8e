import assert from "node:assert/strict";
import { test } from "node:test";

import { alike, choicesOf, firstChoice } from "../../../src/diagram/graph/choosing";
import { familyOf } from "../../../src/diagram/graph/families";
import { allKeys, shownGraph, shownItem, toggled } from "../../../src/diagram/graph/folding";
import { faultWithin, itemsAt, outlineOf, uniqueKeys } from "../../../src/diagram/graph/outline";
import { block, edge, model, nested, node, URI } from "./models";

test("keys are names from the outside in, and repeated names are numbered", () => {
  const outline = outlineOf(nested());
  assert.deepEqual(
    outline.items.map(({ key }) => key),
    [
      "in",
      "left",
      "left/input",
      "left/first",
      "left/second",
      "left/add",
      "right",
      "right/input",
      "right/first",
      "right/second",
      "right/add",
      "out30",
    ],
  );
  assert.equal(outline.byKey.get("left/add")?.depth, 1);
  assert.deepEqual(uniqueKeys(["a", "b", "a", "a"]), ["a", "b", "a#2", "a#3"]);
});

test("the cursor finds the smallest expression that holds it", () => {
  const whole = node("whole", { range: { start: { line: 1, character: 0 }, end: { line: 4, character: 1 } } });
  const part = node("part", { range: { start: { line: 2, character: 4 }, end: { line: 2, character: 20 } } });
  const outline = outlineOf(model([whole, part], []));
  const at = (line: number, character: number, uri = URI) =>
    itemsAt(outline, uri, { line, character }).map(({ key }) => key);
  assert.deepEqual(at(2, 10), ["part"]);
  assert.deepEqual(at(2, 20), ["part"], "the end counts: a cursor stands there after typing");
  assert.deepEqual(at(3, 0), ["whole"]);
  assert.deepEqual(at(4, 30), ["whole"], "right of the expression, its line still counts");
  assert.deepEqual(at(9, 0), []);
  assert.deepEqual(at(2, 10, "file:///other.py"), []);
});

test("one expression of a loop finds every node that it made", () => {
  const range = { start: { line: 5, character: 8 }, end: { line: 5, character: 30 } };
  const outline = outlineOf(model([node("a", { range }), node("b", { range }), node("c6")], []));
  assert.deepEqual(
    itemsAt(outline, URI, { line: 5, character: 10 }).map(({ key }) => key),
    ["a", "b"],
  );
});

test("nested models are folded first, and open by their keys", () => {
  const outline = outlineOf(nested());
  const folded = shownGraph(outline, new Set());
  assert.deepEqual(
    folded.nodes.map(({ inside }) => inside),
    [null, null, null, null],
  );
  const open = toggled(new Set(), "right");
  const right = shownGraph(outline, open).nodes[2]!;
  assert.equal(right.inside?.nodes.length, 4);
  assert.equal(right.inside.edges.length, 4);
  assert.deepEqual([...toggled(open, "right")], []);
  assert.deepEqual(allKeys(outline), ["left", "right"]);
});

test("an item in a folded model is shown by the outermost model that hides it", () => {
  const inner = { ...block("inner", 1), id: "inner" };
  const outline = outlineOf(model([{ ...block("outer", 10), nodes: [inner], edges: [] }], []));
  const item = outline.byKey.get("outer/inner/add")!;
  assert.equal(shownItem(item, new Set()).key, "outer");
  assert.equal(shownItem(item, new Set(["outer"])).key, "outer/inner");
  assert.equal(shownItem(item, new Set(["outer/inner"])).key, "outer");
  assert.equal(shownItem(item, new Set(["outer", "outer/inner"])).key, "outer/inner/add");
});

test("a fault inside a model is known outside", () => {
  const inside = { ...block("b", 1), nodes: [node("x"), node("y", { fault: "too small" })] };
  const outline = outlineOf(model([inside, node("z")], [edge("b", "z")]));
  assert.deepEqual(outline.roots.map(faultWithin), ["too small", ""]);
});

test("the first model shown is the one at the cursor, else a broken one, else the largest", () => {
  const small = model([node("s3")], [], { name: "small" });
  const large = model([node("l4"), node("l5")], [], { name: "model" });
  const broken = model([node("b6")], [], { name: "model", broken: "no" });
  const choices = choicesOf({ version: 1, models: [small, large, broken] });
  assert.deepEqual(
    choices.map(({ key, label }) => [key, label]),
    [
      ["small", "small · Functional"],
      ["model", "model · Functional"],
      ["model#2", "model#2 · Functional · broken"],
    ],
  );
  assert.equal(firstChoice(choices, URI, { line: 3, character: 6 })?.key, "small");
  assert.equal(firstChoice(choices, URI, { line: 50, character: 0 })?.key, "model#2");
  assert.equal(firstChoice(choices.slice(0, 2), URI, null)?.key, "model");
  assert.equal(firstChoice([], URI, null), undefined);
});

test("layers fall into families by what they do", () => {
  const families = [
    "Conv2D",
    "SeparableConv2D",
    "MaxPooling2D",
    "GlobalAveragePooling1D",
    "LayerNormalization",
    "SpatialDropout1D",
    "MultiHeadAttention",
    "Embedding",
    "Dense",
    "Bidirectional",
    "LeakyReLU",
    "Add",
    "Concatenate",
    "Flatten",
    "ZeroPadding2D",
    "Lambda",
  ].map((type) => familyOf(type, "layer"));
  assert.deepEqual(families, [
    "convolution",
    "convolution",
    "pooling",
    "pooling",
    "normalization",
    "normalization",
    "attention",
    "attention",
    "dense",
    "recurrent",
    "activation",
    "merge",
    "merge",
    "shape",
    "shape",
    "other",
  ]);
  assert.equal(familyOf("Functional", "model"), "model");
});

test("the half of a model that is left when it breaks takes its place", () => {
  const whole = outlineOf(model([node("a"), node("b"), node("c"), node("d")], []));
  const half = outlineOf(model([node("a"), node("b")], [], { name: "unfinished model" }));
  const other = outlineOf(model([node("x"), node("b"), node("z")], []));
  assert.equal(alike(whole, half), true);
  assert.equal(alike(half, whole), true);
  assert.equal(alike(whole, other), false);
  assert.equal(alike(whole, outlineOf(model([], []))), false);
});
