import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { isDirectory, isFile } from "../../src/files";

test("files and folders are told apart, and a path through a file is neither", () => {
  assert.ok(isFile(__filename));
  assert.ok(!isDirectory(__filename));
  assert.ok(isDirectory(__dirname));
  assert.ok(!isFile(__dirname));
  assert.ok(!isFile(path.join(__filename, "x")));
  assert.ok(!isDirectory(path.join(__filename, "x")));
});
