import assert from "node:assert/strict";
import { test } from "node:test";

import { EventEmitter, Uri } from "vscode";

import {
  ENVIRONMENTS_EXTENSION,
  environmentsExtension,
  interpreterOf,
} from "../../../src/python/environmentsExtension";
import { stage } from "../../support/vscode";

function install(exports: unknown, isActive = true): void {
  stage.extensions.set(ENVIRONMENTS_EXTENSION, { isActive, exports, activate: () => Promise.resolve(exports) });
}

test("without the extension, or with one that exports nothing, there is no provider", async () => {
  stage.extensions.clear();
  assert.equal(await environmentsExtension(), undefined);
  install(undefined);
  assert.equal(await environmentsExtension(), undefined);
  install({});
  assert.equal(await environmentsExtension(), undefined);
});

test("it is activated where it is not, and asked for each folder", async () => {
  const changed = new EventEmitter<unknown>();
  const api = {
    getEnvironment: (scope: Uri | undefined) =>
      Promise.resolve({ execInfo: { run: { executable: `${scope?.path ?? ""}/bin/python` } } }),
    onDidChangeEnvironment: changed.event,
  };
  install(api, false);
  const provider = (await environmentsExtension())!;
  assert.equal(await provider.selected(Uri.file("/w")), "/w/bin/python");
  let changes = 0;
  provider.onDidChange(() => (changes += 1));
  changed.fire({});
  assert.equal(changes, 1);
  await provider.select();
  assert.equal(stage.executed.at(-1)?.command, "python.setInterpreter");
  provider.dispose();
});

test("the plain interpreter is taken, else the path of the environment", () => {
  assert.equal(interpreterOf({ execInfo: { run: { executable: "/e/bin/python", args: [] } } }), "/e/bin/python");
  const wrapped = { execInfo: { run: { executable: "/bin/conda", args: ["run"] } }, environmentPath: Uri.file("/e") };
  assert.equal(interpreterOf(wrapped), "/e");
  assert.equal(interpreterOf({}), undefined);
  assert.equal(interpreterOf(undefined), undefined);
});
