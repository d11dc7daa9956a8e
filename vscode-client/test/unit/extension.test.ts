import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { Uri } from "vscode";

import { activate, deactivate } from "../../src/extension";
import { stage } from "../support/vscode";

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

test("without a Python the extension is there, gives its commands, and says what it needs", async () => {
  const searchPath = process.env["PATH"];
  process.env["PATH"] = "";
  const context = {
    subscriptions: [] as { dispose(): unknown }[],
    extensionPath: process.cwd(),
    extensionUri: Uri.file(process.cwd()),
    extension: { packageJSON: { version: "0.1.0" } },
  };
  try {
    activate(context as never);
    for (let turn = 0; turn < 50 && stage.messages.length === 0; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    process.env["PATH"] = searchPath;
  }
  assert.match(stage.messages[0]!.text, /needs a Python 3\.10 or newer/);
  assert.deepEqual(stage.messages[0]!.buttons, ["Select Interpreter", "Open Settings"]);
  const manifest = JSON.parse(readFileSync(path.join(process.cwd(), "package.json"), "utf8")) as Manifest;
  for (const { command } of manifest.contributes.commands) assert.ok(stage.commands.has(command), command);

  // A setting that names a Python leads to another attempt, with no restart by hand.
  stage.settings.set("shapelens.serverInterpreter", "/no/such/python");
  stage.configurationChanged.fire({ affectsConfiguration: (section) => section === "shapelens.serverInterpreter" });
  for (let turn = 0; turn < 50 && stage.messages.length === 1; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.match(stage.messages[1]!.text, /serverInterpreter must name a Python 3\.10/);

  await deactivate();
  for (const each of context.subscriptions) each.dispose();
  assert.equal(stage.commands.size, 0);
});
