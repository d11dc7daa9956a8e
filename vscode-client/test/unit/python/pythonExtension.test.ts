import assert from "node:assert/strict";
import { test } from "node:test";

import { EventEmitter, Uri } from "vscode";

import { PYTHON_EXTENSION, pythonExtension } from "../../../src/python/pythonExtension";
import { stage } from "../../support/vscode";

function install(exports: unknown): void {
  stage.extensions.set(PYTHON_EXTENSION, { isActive: true, exports, activate: () => Promise.resolve(exports) });
}

test("without the extension, or with one of old, there is no provider", async () => {
  stage.extensions.clear();
  assert.equal(await pythonExtension(), undefined);
  install({ settings: {} });
  assert.equal(await pythonExtension(), undefined);
});

test("an environment that is a folder is resolved to its interpreter, a link in it is not", async () => {
  const changed = new EventEmitter<unknown>();
  let path = "/w/env";
  let resolved: unknown = { executable: { uri: Uri.file("/w/env/bin/python") } };
  const environments = {
    getActiveEnvironmentPath: () => ({ path }),
    resolveEnvironment: () => Promise.resolve(resolved),
    onDidChangeActiveEnvironmentPath: changed.event,
  };
  install({ environments });
  const provider = (await pythonExtension())!;
  assert.equal(await provider.selected(undefined), "/w/env/bin/python");
  resolved = undefined;
  path = "/w/.venv/bin/python";
  assert.equal(await provider.selected(undefined), "/w/.venv/bin/python");
  path = "python";
  assert.equal(await provider.selected(undefined), undefined, "nothing was selected yet");
  let changes = 0;
  provider.onDidChange(() => (changes += 1));
  changed.fire({});
  assert.equal(changes, 1);
  await provider.select();
  assert.equal(stage.executed.at(-1)?.command, "python.setInterpreter");
  provider.dispose();
});
