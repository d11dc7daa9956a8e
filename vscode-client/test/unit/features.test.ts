import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientCapabilities } from "vscode-languageclient/node";

import { OwnCommandsFeature, StatusFeature } from "../../src/features";

test("the client asks for the status, beside what others ask for", () => {
  const capabilities: ClientCapabilities = { experimental: { other: 1 } };
  new StatusFeature().fillClientCapabilities(capabilities);
  assert.deepEqual(capabilities.experimental, { other: 1, shapelens: { status: true } });
});

test("the commands of the server are hidden before the library looks for them", () => {
  const capabilities = { executeCommandProvider: { commands: ["shapelens.restart"] }, hoverProvider: true };
  new OwnCommandsFeature().preInitialize(capabilities);
  assert.deepEqual(capabilities, { hoverProvider: true });
});
