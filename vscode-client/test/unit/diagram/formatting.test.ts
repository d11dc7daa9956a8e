import assert from "node:assert/strict";
import { test } from "node:test";

import { byteSize, compactCount, exactCount, parametersText, shortened } from "../../../src/diagram/graph/formatting";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

test("counts have three figures and a unit", () => {
  const texts: [number, string][] = [
    [0, "0"],
    [896, "896"],
    [999, "999"],
    [1000, "1 k"],
    [12_544, "12.5 k"],
    [999_949, "1 M"],
    [1_234_567, "1.2 M"],
    [138_357_544, "138 M"],
    [3_400_000_000, "3.4 G"],
    [2e12, "2 T"],
  ];
  for (const [count, text] of texts) assert.equal(plain(compactCount(count)), text);
});

test("sizes count in steps of 1024", () => {
  const texts: [number, string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [139_264, "136 KiB"],
    [1_572_864, "1.5 MiB"],
    [1_073_741_824, "1 GiB"],
  ];
  for (const [bytes, text] of texts) assert.equal(plain(byteSize(bytes)), text);
});

test("exact counts are grouped", () => {
  assert.deepEqual([0, 999, 1000, 1_234_567].map(exactCount), ["0", "999", "1,000", "1,234,567"]);
});

test("few parameters are counted exactly, and one is one", () => {
  assert.deepEqual(
    [1, 9_999, 10_000].map((count) => plain(parametersText(count))),
    ["1 parameter", "9,999 parameters", "10 k parameters"],
  );
});

test("a long text ends in an ellipsis", () => {
  assert.equal(shortened("(None, 28)", 10), "(None, 28)");
  assert.equal(shortened("(None, 28, 28)", 8), "(None,…");
});
