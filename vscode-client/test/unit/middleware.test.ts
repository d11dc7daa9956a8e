import assert from "node:assert/strict";
import { test } from "node:test";

import { CodeLens, Position, Range } from "vscode";

import { completed, withDiagrams } from "../../src/middleware";
import { stage } from "../support/vscode";

const host = {
  selected: (folder: { path: string } | undefined) => Promise.resolve(`${folder?.path ?? "/none"}/python`),
};

test("each root gets the interpreter that is selected for it", async () => {
  const params = { items: [{ section: "shapelens", scopeUri: "file:///a" }, { section: "shapelens" }] };
  stage.settings.set("shapelens.device", "gpu");
  const answers = (await completed(params, [{ device: "gpu" }, {}], host)) as Record<string, unknown>[];
  assert.deepEqual(answers[0], { device: "gpu", interpreter: "/a/python", trusted: true });
  assert.equal(answers[1]!["interpreter"], "/none/python");
  stage.settings.delete("shapelens.device");
});

test("an untrusted workspace is not asked for its selection, and the server is told", async () => {
  stage.trusted = false;
  const params = { items: [{ section: "shapelens", scopeUri: "file:///a" }] };
  const asked = { selected: () => Promise.reject(new Error("asked")) };
  assert.deepEqual(await completed(params, [{}], asked), [{ interpreter: null, trusted: false }]);
  stage.trusted = true;
});

test("other sections are passed on as they are", async () => {
  assert.deepEqual(await completed({ items: [{ section: "editor" }] }, [{ a: 1 }], host), [{ a: 1 }]);
});

test("a lens that draws the models stands beside the one that lists their layers", () => {
  const range = new Range(new Position(3, 0), new Position(3, 5));
  const summary = new CodeLens(range, {
    title: "Model",
    command: "shapelens.showSummary",
    arguments: ["file:///a.py"],
  });
  const other = new CodeLens(range, { title: "calls", command: "shapelens.chooseCall", arguments: [] });
  const lenses = withDiagrams([summary, other])!;
  assert.deepEqual(
    lenses.map((lens) => lens.command?.command),
    ["shapelens.showSummary", "shapelens.showDiagram", "shapelens.chooseCall"],
  );
  assert.deepEqual(lenses[1]!.command?.arguments, ["file:///a.py"]);
  assert.equal(withDiagrams(undefined), undefined);
});
