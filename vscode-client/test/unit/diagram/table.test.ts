import assert from "node:assert/strict";
import { test } from "node:test";

import { outlineOf } from "../../../src/diagram/graph/outline";
import {
  batchSize,
  cellText,
  type Column,
  nextSorting,
  rowsOf,
  type Sorting,
  totalsOf,
} from "../../../src/diagram/table/rows";
import { restored, viewOf, withView, FRESH } from "../../../src/diagram/webview/state";
import { model, nested, node } from "./models";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

test("unsorted, the rows are the model from top to bottom with what is inside set in", () => {
  const rows = rowsOf(outlineOf(nested()), 1, null);
  assert.deepEqual(
    rows.slice(0, 4).map(({ name, indent }) => [name, indent]),
    [
      ["in", 0],
      ["left", 0],
      ["input", 1],
      ["first", 1],
    ],
  );
});

test("sorted, layers stand under their full names and nested models do not repeat them", () => {
  const rows = rowsOf(outlineOf(nested()), 1, { column: "name", descending: false });
  assert.deepEqual(rows.map(({ name }) => name).slice(0, 3), ["in", "left / add", "left / first"]);
  assert.equal(rows.length, 10);
});

test("numbers sort by value, names by their numbers, and unknown ones last", () => {
  const layers = [
    node("dense_10", { parameters: 5, flops: null }),
    node("dense_9", { parameters: 1000, flops: 3 }),
    node("dense_1", { parameters: 30, flops: 20 }),
  ];
  const outline = outlineOf(model(layers, []));
  const names = (column: Column, descending: boolean) =>
    rowsOf(outline, 1, { column, descending }).map(({ name }) => name);
  assert.deepEqual(names("parameters", true), ["dense_9", "dense_1", "dense_10"]);
  assert.deepEqual(names("name", false), ["dense_1", "dense_9", "dense_10"]);
  assert.deepEqual(names("flops", true), ["dense_1", "dense_9", "dense_10"]);
  assert.deepEqual(names("flops", false), ["dense_9", "dense_1", "dense_10"]);
});

test("clicks on a heading turn the order around and back", () => {
  const clicks = (column: Column): (Sorting | null)[] => {
    const first = nextSorting(null, column);
    const second = nextSorting(first, column);
    return [first, second, nextSorting(second, column)];
  };
  assert.deepEqual(clicks("flops"), [
    { column: "flops", descending: true },
    { column: "flops", descending: false },
    null,
  ]);
  assert.deepEqual(clicks("name"), [{ column: "name", descending: false }, { column: "name", descending: true }, null]);
  assert.deepEqual(nextSorting({ column: "name", descending: true }, "type"), { column: "type", descending: false });
});

test("FLOPs and memory are those of the batch", () => {
  const outline = outlineOf(model([node("a", { flops: 500, activationBytes: 512 })], []));
  const [row] = rowsOf(outline, 32, null);
  assert.deepEqual(
    (["parameters", "flops", "memory"] as const).map((column) => plain(cellText(row!, column))),
    ["72", "16 k", "16 KiB"],
  );
  assert.deepEqual(totalsOf(outline, 2), { parameters: 72, flops: 1000, memory: 1024 });
});

test("totals count each layer once, and an unknown number makes the sum unknown", () => {
  assert.deepEqual(totalsOf(outlineOf(nested()), 1), { parameters: 720, flops: 1360, memory: 320 });
  const unknown = outlineOf(model([node("a"), node("b", { flops: null })], [], { parameters: 50 }));
  assert.deepEqual(totalsOf(unknown, 1), { parameters: 50, flops: null, memory: 64 });
});

test("a batch size is a whole number of at least one", () => {
  assert.deepEqual(["32", " 8 ", "0", "1.5", "", "many", "-2"].map(batchSize), [32, 8, null, null, null, null, null]);
});

test("the state of a page outlives it, and what is no state is passed over", () => {
  const kept = withView(
    { ...FRESH, uri: "file:///a.py", batch: 8, tab: "table", sorting: { column: "flops", descending: true } },
    "model",
    {
      open: ["left"],
      camera: { x: 1, y: 2, scale: 3 },
    },
  );
  assert.deepEqual(restored(JSON.parse(JSON.stringify(kept))), kept);
  assert.deepEqual(viewOf(kept, "model").open, ["left"]);
  assert.deepEqual(viewOf(kept, "another"), { open: [], camera: null });
  for (const broken of [undefined, null, 3, {}, { uri: 1 }]) assert.equal(restored(broken), FRESH);
  assert.deepEqual(
    restored({
      uri: "u",
      tab: "?",
      batch: 0,
      sorting: { column: "x" },
      views: { m: 1, n: { open: [], camera: { x: 1 } } },
    }),
    {
      ...FRESH,
      uri: "u",
    },
  );
});
