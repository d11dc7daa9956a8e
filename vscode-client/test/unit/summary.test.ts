import assert from "node:assert/strict";
import { test } from "node:test";

import { Uri } from "vscode";

import { batchSizeOf, concerns, documentOf, Summaries, summaryUri } from "../../src/summary";
import { stage } from "../support/vscode";

const DOCUMENT = "file:///w/a%20b/model%23.py";

test("the address of a summary survives being written and read", () => {
  const uri = summaryUri(DOCUMENT);
  assert.equal(uri.path, "/model#.py (summary)");
  assert.equal(documentOf(Uri.parse(uri.toString())), DOCUMENT);
});

test("addresses that are none of ours are no summaries", () => {
  assert.equal(documentOf(Uri.parse("file:///a.py")), undefined);
  assert.equal(documentOf(Uri.parse("shapelens-summary:/a")), undefined);
  assert.equal(documentOf(Uri.parse("shapelens-summary:/a?{}")), undefined);
});

test("a batch size is a whole number of at least one", () => {
  assert.equal(batchSizeOf(" 64 "), 64);
  for (const text of ["", " ", "0", "-1", "1.5", "x", "1e9"]) assert.equal(batchSizeOf(text), undefined, text);
});

test("a cell of a notebook concerns its other cells", () => {
  assert.ok(concerns(Uri.parse("vscode-notebook-cell:/n.ipynb#a"), "vscode-notebook-cell:/n.ipynb#b"));
  assert.ok(concerns(Uri.parse("file:///n.ipynb"), "vscode-notebook-cell:/n.ipynb#b"));
  assert.ok(!concerns(Uri.parse("file:///a.py"), "file:///b.py"));
});

test("an open summary is asked for again when its document changes, and says where nothing is known", async () => {
  const asked: unknown[] = [];
  let text: string | undefined = "Model: digits";
  const summaries = new Summaries((...of) => {
    asked.push(of);
    return Promise.resolve(text);
  });
  const changed: string[] = [];
  summaries.onDidChange((uri) => changed.push(uri.toString()));
  await summaries.show(DOCUMENT);
  const uri = summaryUri(DOCUMENT);
  assert.equal(await summaries.provideTextDocumentContent(uri), "Model: digits");
  assert.deepEqual(asked, [[DOCUMENT, 1]]);
  text = undefined;
  assert.match(await summaries.provideTextDocumentContent(uri), /^Nothing is known/);

  changed.length = 0;
  stage.documents = [
    { uri, languageId: "plaintext" },
    { uri: Uri.parse(DOCUMENT), languageId: "python" },
  ];
  summaries.changed(Uri.parse("file:///w/other.py"));
  assert.deepEqual(changed, []);
  summaries.changed(Uri.parse(DOCUMENT));
  assert.deepEqual(changed, [uri.toString()]);
  summaries.setBatchSize(DOCUMENT, 64);
  assert.equal(changed.length, 2, "the same document shows the other size");
  await summaries.provideTextDocumentContent(uri);
  assert.deepEqual(asked.at(-1), [DOCUMENT, 64]);
  summaries.dispose();
});
