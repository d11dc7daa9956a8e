import assert from "node:assert/strict";
import { test } from "node:test";

import { ChannelLog, timestamp } from "../../src/log";
import { stage } from "../support/vscode";

test("times look like those of the server's log", () => {
  assert.equal(timestamp(new Date(2026, 0, 31, 9, 5, 7, 42)), "2026-01-31 09:05:07,042");
});

test("a line says that the extension wrote it", () => {
  const log = new ChannelLog();
  log.info("hello");
  assert.match(stage.lines.at(-1)!, / INFO extension: hello$/);
  log.show();
  assert.equal(stage.lines.at(-1), "(shown)");
  log.dispose();
});
