import assert from "node:assert/strict";
import { test } from "node:test";

import { uncalledFunctions, type PlainLens } from "../../src/exampleInputs";

function lens(line: number, command: string, ...args: unknown[]): PlainLens {
  return { range: { start: { line } }, command: { command, arguments: args } };
}

test("the functions that wait for inputs are those of the lenses, the nearest first", () => {
  const lenses = [
    lens(1, "shapelens.giveExampleInputs", "file:///a.py", "far"),
    lens(9, "shapelens.giveExampleInputs", "file:///a.py", "near"),
    lens(8, "shapelens.showSummary", "file:///a.py"),
    { range: { start: { line: 8 } } },
  ];
  assert.deepEqual(
    uncalledFunctions(lenses, 10).map((each) => each.name),
    ["near", "far"],
  );
});
