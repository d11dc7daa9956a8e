import assert from "node:assert/strict";
import { test } from "node:test";

import { EventEmitter, Uri } from "vscode";

import type { ServerState } from "../../src/lifecycle";
import { Status } from "../../src/status";
import { rootStatus } from "../support/status";
import { stage } from "../support/vscode";

function fakeLifecycle(): { state: ServerState; onDidChangeState: unknown; enter(state: ServerState): void } {
  const changed = new EventEmitter<ServerState>();
  return {
    state: { kind: "running" },
    onDidChangeState: changed.event,
    enter(state) {
      this.state = state;
      changed.fire(state);
    },
  };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const shown = (id: string): (typeof stage.statusItems)[number] | undefined =>
  stage.statusItems.find((item) => item.id === id && !item.disposed);

test("the items follow the status and the file that is shown", () => {
  const lifecycle = fakeLifecycle();
  const status = new Status(lifecycle as never);
  stage.activeEditor = { document: { uri: Uri.parse("file:///b/x.py"), languageId: "python" } };
  status.take({
    roots: [rootStatus({ uri: "file:///a" }), rootStatus({ uri: "file:///b", state: "busy", keras: "2.15.0" })],
  });
  assert.equal(shown("shapelens.state")!.text, "ShapeLens: Ready");
  assert.equal(shown("shapelens.environment")!.text, "Keras 2.15.0 · Python 3.11.7");
  const current = (): string | undefined => status.current?.uri;
  assert.equal(current(), "file:///b");

  stage.activeEditor = { document: { uri: Uri.parse("vscode-notebook-cell:/a/n.ipynb#c1"), languageId: "python" } };
  stage.editorChanged.fire(undefined);
  assert.equal(current(), "file:///a", "a cell belongs to the folder of its notebook");
  assert.equal(shown("shapelens.state")!.text, "ShapeLens: Ready");

  lifecycle.enter({ kind: "failed", why: "It ended." });
  assert.equal(shown("shapelens.state")!.text, "ShapeLens: The server does not run");
  assert.equal(shown("shapelens.environment"), undefined, "nothing is known of an environment without a server");

  status.dispose();
  assert.equal(shown("shapelens.state"), undefined);
});

test("only an evaluation that takes long is shown", async () => {
  const status = new Status(fakeLifecycle() as never, 20);
  stage.activeEditor = undefined;
  const busy = (): boolean => shown("shapelens.state")!.busy;
  status.take({ roots: [rootStatus({ state: "busy" })] });
  assert.equal(busy(), false);
  status.take({ roots: [rootStatus({})] });
  await pause(40);
  assert.equal(busy(), false, "it was over before");
  status.take({ roots: [rootStatus({ state: "busy" })] });
  await pause(40);
  assert.equal(busy(), true);
  assert.equal(shown("shapelens.state")!.text, "ShapeLens: Evaluating");
  status.take({ roots: [rootStatus({})] });
  assert.equal(busy(), false);
  status.dispose();
});

test("conditions of menus and the walkthrough are set only when they change", () => {
  stage.executed.length = 0;
  const status = new Status(fakeLifecycle() as never);
  status.take({ roots: [rootStatus({})] });
  status.take({ roots: [rootStatus({})] });
  status.take({ roots: [rootStatus({ state: "paused" })] });
  const set = stage.executed.map(({ args }) => args.join(" "));
  assert.deepEqual(set, [
    "shapelens.paused false",
    "shapelens.ready false",
    "shapelens.ready true",
    "shapelens.paused true",
    "shapelens.ready false",
  ]);
  status.dispose();
});
