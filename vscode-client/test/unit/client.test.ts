import assert from "node:assert/strict";
import { test } from "node:test";
import { CloseAction, ErrorAction } from "vscode-languageclient/node";

import { Restarting } from "../../src/client";

function restarting(): { handler: Restarting; gaveUp: () => number; at: (time: number) => void } {
  let count = 0;
  let now = 0;
  const handler = new Restarting(
    () => (count += 1),
    () => now,
  );
  return { handler, gaveUp: () => count, at: (time) => (now = time) };
}

test("a server that ran is started anew", () => {
  const { handler, gaveUp } = restarting();
  handler.cameUp();
  assert.equal(handler.closed().action, CloseAction.Restart);
  assert.equal(gaveUp(), 0);
});

test("one that never came up is given up at once", () => {
  const { handler, gaveUp } = restarting();
  assert.equal(handler.closed().action, CloseAction.DoNotRestart);
  assert.equal(gaveUp(), 1);
});

test("one that ends again and again is given up; ends of long ago do not count", () => {
  const { handler, gaveUp, at } = restarting();
  for (let end = 0; end < 4; end += 1) {
    at(end * 1000);
    handler.cameUp();
    assert.equal(handler.closed().action, CloseAction.Restart);
  }
  at(10 * 60_000);
  handler.cameUp();
  assert.equal(handler.closed().action, CloseAction.Restart);
  for (let end = 0; end < 4; end += 1) {
    handler.cameUp();
    handler.closed();
  }
  assert.equal(gaveUp(), 1);
});

test("the library shows no messages of its own", () => {
  const { handler } = restarting();
  assert.equal(handler.closed().handled, true);
  assert.deepEqual(handler.error(new Error("x"), undefined, 1), { action: ErrorAction.Continue, handled: true });
  assert.equal(handler.error(new Error("x"), undefined, 9).action, ErrorAction.Shutdown);
});
