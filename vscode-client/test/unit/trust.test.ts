import assert from "node:assert/strict";
import { test } from "node:test";

import { isTrusted, onTrusted } from "../../src/trust";
import { stage } from "../support/vscode";

test("trust is the editor's, and its grant is heard", () => {
  stage.trusted = false;
  assert.equal(isTrusted(), false);
  let granted = 0;
  const subscription = onTrusted(() => (granted += 1));
  stage.trusted = true;
  stage.trustGranted.fire(undefined);
  assert.equal(granted, 1);
  assert.equal(isTrusted(), true);
  subscription.dispose();
});
