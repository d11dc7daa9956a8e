import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, test } from "node:test";

import { ConfigurationTarget, Uri } from "vscode";

import { interpreterBeside, pickInterpreter } from "../../src/interpreterPicker";
import type { PythonSelection } from "../../src/python/selection";
import { stage } from "../support/vscode";

let selections = 0;
const selection = (can: boolean) =>
  ({
    canSelect: () => Promise.resolve(can),
    select: () => {
      selections += 1;
      return Promise.resolve();
    },
  }) as unknown as PythonSelection;

beforeEach(() => {
  selections = 0;
  stage.settings.clear();
  stage.updates = [];
  stage.picks = [];
  stage.pick = undefined;
  stage.folders = [{ uri: Uri.file("/w"), name: "w", index: 0 }];
});

test("with the Python extension, choosing is its affair", async () => {
  await pickInterpreter(selection(true), "interpreter", undefined);
  assert.equal(selections, 1);
  assert.deepEqual(stage.picks, []);
});

test("a setting of one's own is taken back first", async () => {
  stage.settings.set("shapelens.interpreter", "/old");
  stage.pick = "Python extension";
  await pickInterpreter(selection(true), "interpreter", undefined);
  assert.equal(selections, 1);
  const { Workspace } = ConfigurationTarget;
  assert.deepEqual(stage.updates, [{ key: "shapelens.interpreter", value: undefined, target: Workspace }]);
});

test("without it, a file is browsed for and kept in the workspace", async () => {
  stage.pick = "Browse";
  stage.opened = [Uri.file("/py/bin/python")];
  await pickInterpreter(selection(false), "interpreter", undefined);
  const { Workspace, Global } = ConfigurationTarget;
  assert.deepEqual(stage.updates, [{ key: "shapelens.interpreter", value: "/py/bin/python", target: Workspace }]);
  stage.updates = [];
  await pickInterpreter(selection(false), "serverInterpreter", undefined);
  assert.equal(stage.updates[0]?.target, Global, "one server serves every workspace");
});

test("the environments of the workspace are offered", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "shapelens-picker-"));
  try {
    const interpreter = interpreterBeside(path.join(folder, ".venv", "pyvenv.cfg"), process.platform);
    mkdirSync(path.dirname(interpreter), { recursive: true });
    writeFileSync(interpreter, "");
    stage.folders = [{ uri: Uri.file(folder), name: "w", index: 0 }];
    stage.files = [
      Uri.file(path.join(folder, ".venv", "pyvenv.cfg")),
      Uri.file(path.join(folder, "gone", "pyvenv.cfg")),
    ];
    stage.pick = ".venv";
    await pickInterpreter(selection(false), "interpreter", undefined);
    assert.equal(stage.updates[0]?.value, interpreter);
    assert.ok(!stage.picks[0]!.some((choice) => choice.label.includes("gone")));
  } finally {
    rmSync(folder, { recursive: true });
    stage.files = [];
  }
});

test("an environment of Windows keeps its interpreter elsewhere", () => {
  assert.equal(interpreterBeside("C:\\w\\.venv\\pyvenv.cfg", "win32"), "C:\\w\\.venv\\Scripts\\python.exe");
});
