import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { packageFolders, Recheck } from "../../src/recheck";
import { rootStatus } from "../support/status";
import { stage } from "../support/vscode";

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("packages are looked for in the environment of the interpreter", () => {
  const list = (folder: string): string[] => (folder === "/w/.venv/lib" ? ["python3.11", "other"] : []);
  const folders = ["/w/.venv/lib/python3.11/site-packages"];
  assert.deepEqual(packageFolders("/w/.venv/bin/python", "linux", list), folders);
  const windows = (interpreter: string): string[] => packageFolders(interpreter, "win32", list);
  assert.deepEqual(windows("C:\\w\\.venv\\Scripts\\python.exe"), ["C:\\w\\.venv\\Lib\\site-packages"]);
  assert.deepEqual(windows("C:\\conda\\python.exe"), ["C:\\conda\\Lib\\site-packages"]);
});

test("while there is a problem, an installation leads to one look", async (context) => {
  const environment = mkdtempSync(path.join(tmpdir(), "shapelens-recheck-"));
  context.after(() => {
    rmSync(environment, { recursive: true });
  });
  const inside = process.platform === "win32" ? ["Lib", "site-packages"] : ["lib", "python3.12", "site-packages"];
  mkdirSync(path.join(environment, ...inside), { recursive: true });
  const problem = rootStatus({
    state: "problem",
    problemKind: "no-keras",
    interpreter: path.join(environment, process.platform === "win32" ? "Scripts" : "bin", "python"),
  });
  let looks = 0;
  const recheck = new Recheck(() => (looks += 1), 10);
  recheck.take([problem]);
  const watcher = stage.watchers.at(-1)!;
  assert.equal(watcher.pattern.pattern, "*", "what is below the packages is not watched");
  for (let file = 0; file < 5; file += 1) watcher.changed.fire(undefined);
  await pause(40);
  assert.equal(looks, 1);
  stage.terminalClosed.fire(undefined);
  await pause(40);
  stage.windowState.fire({ focused: false });
  stage.windowState.fire({ focused: true });
  await pause(40);
  assert.equal(looks, 3);

  recheck.take([{ ...problem, state: "starting" }]);
  assert.equal(watcher.disposed, false, "it may come to nothing");
  recheck.take([rootStatus({})]);
  assert.equal(watcher.disposed, true);
  stage.terminalClosed.fire(undefined);
  await pause(40);
  assert.equal(looks, 3, "without a problem nothing is looked at");
  recheck.dispose();
});
