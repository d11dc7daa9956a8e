import assert from "node:assert/strict";
import { test } from "node:test";

import type { RootState, RootStatus } from "../../src/protocol";
import { environmentItem, rootOf, sandboxItem, stateItem } from "../../src/statusText";
import { rootStatus } from "../support/status";

const RUNNING = { kind: "running" } as const;

test("the server's own state comes first", () => {
  const root = rootStatus({});
  assert.equal(stateItem({ kind: "starting" }, root).text, "ShapeLens: Starting");
  assert.equal(stateItem({ kind: "stopped" }, root).command.command, "shapelens.restart");
  assert.equal(stateItem({ kind: "failed", why: "It ended." }, root).detail, "It ended.");
  assert.equal(stateItem({ kind: "no-python", why: { tried: [], badSetting: false } }, root).severity, "error");
  assert.equal(stateItem(RUNNING, undefined).text, "ShapeLens: Ready");
});

const STATES: readonly [RootState, string, boolean, string][] = [
  ["untrusted", "Off", false, "workbench.trust.manage"],
  ["paused", "Paused", false, "shapelens.resume"],
  ["cold", "Ready", false, "shapelens.pause"],
  ["starting", "Starting", true, "shapelens.pause"],
  ["warm", "Ready", false, "shapelens.pause"],
  ["busy", "Evaluating", true, "shapelens.pause"],
  ["problem", "Keras is not installed", false, "shapelens.selectInterpreter"],
];
for (const [state, text, busy, command] of STATES) {
  test(`a root that is ${state} shows "${text}"`, () => {
    const item = stateItem(RUNNING, rootStatus({ state, problemKind: state === "problem" ? "no-keras" : "" }));
    assert.equal(item.text, `ShapeLens: ${text}`);
    assert.equal(item.busy, busy);
    assert.equal(item.command.command, command);
  });
}

test("a problem says what is wrong and what to do", () => {
  const item = stateItem(
    RUNNING,
    rootStatus({ state: "problem", problem: "No Keras.", advice: "Install it.", problemKind: "other" }),
  );
  assert.equal(item.detail, "No Keras. Install it.");
  assert.equal(item.command.command, "shapelens.showLogs");
});

test("a problem that its name tells needs only the environment beside it", () => {
  const interpreter = "/w/.venv/bin/python";
  const item = stateItem(
    RUNNING,
    rootStatus({ state: "problem", problem: "The interpreter has no Keras.", problemKind: "no-keras", interpreter }),
  );
  assert.equal(item.text, "ShapeLens: Keras is not installed");
  assert.equal(item.detail, ".venv");
  assert.equal(item.command.command, "shapelens.selectInterpreter");
});

test("the environment is named by its versions, its device and where it came from", () => {
  const item = environmentItem(rootStatus({}))!;
  assert.equal(item.text, "Keras 3.15.1 · Python 3.11.7");
  assert.equal(item.detail, "TensorFlow 2.21.0 · cpu · .venv");
});

test("an environment goes by its folder, the system's own Python by its path", () => {
  const name = (interpreter: string): string =>
    environmentItem(rootStatus({ interpreter }))!.detail.split(" · ").at(-1)!;
  assert.equal(name("/opt/conda/envs/tf/bin/python"), "tf");
  assert.equal(name("C:\\w\\.venv\\Scripts\\python.exe"), ".venv");
  assert.equal(name("C:\\conda\\envs\\tf\\python.exe"), "tf");
  assert.equal(name("/usr/bin/python3"), "/usr/bin/python3");
  assert.equal(name("python3"), "python3");
});

test("another backend is named without a version, and nothing is made up before it is known", () => {
  assert.match(environmentItem(rootStatus({ backend: "jax", tensorflow: "2.21.0" }))!.detail, /^jax · /);
  const unknown = { keras: null, python: null, backend: null, tensorflow: null, device: null };
  assert.equal(environmentItem(rootStatus(unknown))!.text, "Interpreter");
  assert.equal(environmentItem(rootStatus({ state: "untrusted" })), undefined);
  assert.equal(environmentItem(undefined), undefined);
});

test("the sandbox is named, and warned of where it is off", () => {
  assert.equal(sandboxItem(rootStatus({ sandbox: "strict" }))!.text, "Sandbox strict");
  assert.equal(sandboxItem(rootStatus({ sandbox: "off" }))!.severity, "warning");
  assert.equal(sandboxItem(rootStatus({ sandbox: null })), undefined);
});

test("a document belongs to its innermost root, else to none in particular", () => {
  const roots: RootStatus[] = ["", "file:///w", "file:///w/sub", "file:///w2"].map((uri) => rootStatus({ uri }));
  assert.equal(rootOf(roots, "file:///w/sub/a.py")?.uri, "file:///w/sub");
  assert.equal(rootOf(roots, "file:///w/a.py")?.uri, "file:///w");
  assert.equal(rootOf(roots, "file:///w22/a.py")?.uri, "");
  assert.equal(rootOf(roots, undefined)?.uri, "");
  assert.equal(rootOf([], "file:///w/a.py"), undefined);
});
