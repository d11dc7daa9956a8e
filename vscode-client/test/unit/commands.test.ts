import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Uri } from "vscode";

import { registerCommands } from "../../src/commands";
import { summaryUri } from "../../src/summary";
import { FakeClient } from "../support/client";
import { rootStatus } from "../support/status";
import { stage } from "../support/vscode";

const client = new FakeClient();
const executed: unknown[][] = [];
const summaries: string[] = [];
const batchSizes: unknown[] = [];
const lifecycle = {
  client: client as unknown,
  state: { kind: "running" },
  python: { path: "/py", version: [3, 12], source: "selected" },
  restarts: 0,
  execute: (...command: unknown[]) => {
    executed.push(command);
    return Promise.resolve("server's own");
  },
  restart() {
    this.restarts += 1;
    return Promise.resolve();
  },
};

registerCommands({
  context: { extension: { packageJSON: { version: "0.1.0" } } },
  lifecycle,
  log: { show: () => stage.lines.push("(log)") },
  selection: {},
  status: { roots: [rootStatus({})] },
  summaries: {
    show: (document: string) => {
      summaries.push(document);
      return Promise.resolve();
    },
    batchSize: () => 1,
    setBatchSize: (...set: unknown[]) => batchSizes.push(set),
  },
} as never);

const run = async (id: string, ...args: unknown[]): Promise<void> => {
  await stage.commands.get(`shapelens.${id}`)!(...args);
};
const edit = (uri: string, languageId = "python", line = 0): void => {
  stage.activeEditor = { document: { uri: Uri.parse(uri), languageId }, selection: { active: { line } } };
};

beforeEach(() => {
  executed.length = 0;
  summaries.length = 0;
  stage.messages.length = 0;
  lifecycle.client = client;
  edit("file:///w/a.py");
});

test("a file is evaluated now; where none is shown, all are", async () => {
  await run("evaluateNow");
  edit("file:///w/notes.txt", "plaintext");
  await run("evaluateNow");
  assert.deepEqual(executed, [["shapelens.evaluateNow", "file:///w/a.py"], ["shapelens.evaluateNow"]]);
});

test("pausing and resuming are the server's", async () => {
  await run("pause");
  await run("resume");
  assert.deepEqual(executed, [["shapelens.pause"], ["shapelens.resume"]]);
});

test("the summary is that of the lens, else of the file that is shown", async () => {
  await run("showSummary", "file:///w/b.py");
  await run("showSummary");
  edit("file:///w/notes.txt", "plaintext");
  await run("showSummary");
  assert.deepEqual(summaries, ["file:///w/b.py", "file:///w/a.py"]);
  assert.match(stage.messages[0]!.text, /Open a Python file/);
});

test("the batch size of the summary that is shown is changed", async () => {
  stage.input = "64";
  stage.activeEditor = {
    document: { uri: summaryUri("file:///w/a.py"), languageId: "plaintext" },
  };
  await run("setBatchSize");
  stage.input = undefined;
  await run("setBatchSize");
  assert.deepEqual(batchSizes, [["file:///w/a.py", 64]]);
});

test("example inputs are given for the function of the lens, else for the nearest one that waits", async () => {
  await run("giveExampleInputs", "file:///w/a.py", "build");
  const lens = (line: number, name: string): unknown => ({
    range: { start: { line } },
    command: { command: "shapelens.giveExampleInputs", arguments: ["file:///w/a.py", name] },
  });
  client.answer = [lens(3, "encoder")];
  await run("giveExampleInputs");
  client.answer = [lens(3, "encoder"), lens(9, "decoder")];
  stage.pick = "encoder";
  edit("file:///w/a.py", "python", 9);
  await run("giveExampleInputs");
  client.answer = null;
  await run("giveExampleInputs");
  assert.deepEqual(
    executed.map((command) => command[2]),
    ["build", "encoder", "encoder"],
  );
  assert.match(stage.messages[0]!.text, /No function of this file waits/);
});

test("TensorFlow is installed by the interpreter itself, in a trusted workspace only", async () => {
  await run("install", "/my env/bin/python");
  assert.deepEqual(stage.terminals, [
    { name: "Install TensorFlow", shellPath: "/my env/bin/python", shellArgs: ["-m", "pip", "install", "tensorflow"] },
  ]);
  stage.trusted = false;
  await run("install", "/my env/bin/python");
  stage.trusted = true;
  assert.equal(stage.terminals.length, 1);
});

test("debug information goes to the clipboard", async () => {
  await run("copyDebugInformation");
  assert.match(stage.clipboard, /runs on \/py \(selected\)/);
  assert.match(stage.clipboard, /server's own/);
});

test("where no server runs, a command says so and offers to start it", async () => {
  lifecycle.client = undefined;
  stage.answer = "Restart";
  await run("pause");
  await new Promise(setImmediate);
  stage.answer = undefined;
  assert.deepEqual(stage.messages[0]!.buttons, ["Restart", "Show Logs"]);
  assert.equal(lifecycle.restarts, 1);
  assert.deepEqual(executed, []);
});
