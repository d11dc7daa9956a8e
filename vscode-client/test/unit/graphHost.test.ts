import assert from "node:assert/strict";
import { test } from "node:test";

import { Uri } from "vscode";

import { GraphHost } from "../../src/graphHost";

test("the models of a document are asked of the server; without one nothing is known", async () => {
  const sent: unknown[] = [];
  const result = { version: 1, models: [] };
  const client = {
    sendRequest: (...request: unknown[]) => {
      sent.push(request);
      return Promise.resolve(result);
    },
  };
  const host = new GraphHost({ client } as never);
  assert.equal(await host.graph(Uri.parse("file:///a.py")), result);
  assert.deepEqual(sent, [["shapelens/modelGraph", { textDocument: { uri: "file:///a.py" } }]]);
  assert.equal(await new GraphHost({ client: undefined }).graph(Uri.parse("file:///a.py")), null);
});

test("whoever draws a document hears of its changes", () => {
  const host = new GraphHost({ client: undefined });
  const heard: string[] = [];
  host.onDidChangeGraph((uri) => heard.push(uri.path));
  host.changed(Uri.parse("file:///a.py"));
  assert.deepEqual(heard, ["/a.py"]);
  host.dispose();
});
