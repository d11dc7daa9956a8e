import assert from "node:assert/strict";
import { test } from "node:test";

import { meant } from "../../../src/python/provider";

test("a bare word is no selection, and a path stays as it is", () => {
  assert.equal(meant("python"), undefined);
  assert.equal(meant(undefined), undefined);
  assert.equal(meant("/w/.venv/bin/../bin/python"), "/w/.venv/bin/../bin/python");
});
