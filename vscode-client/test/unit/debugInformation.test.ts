import assert from "node:assert/strict";
import { test } from "node:test";

import { debugInformation } from "../../src/debugInformation";
import { rootStatus } from "../support/status";

test("the text tells versions and states, and not who the user is", () => {
  const text = debugInformation({
    extension: "0.1.0",
    editor: "Editor 1.100.0",
    platform: "linux x64",
    remote: undefined,
    trusted: true,
    server: "running",
    python: "/home/ada/py (selected)",
    roots: [rootStatus({ interpreter: "/home/ada/w/.venv/bin/python" })],
    ofServer: "ShapeLens 0.1.0\n",
    home: "/home/ada",
  });
  assert.match(text, /^ShapeLens 0\.1\.0 in Editor 1\.100\.0 on linux x64\nremote: no, workspace trusted: yes\n/);
  assert.match(text, /runs on ~\/py \(selected\)/);
  assert.doesNotMatch(text, /ada/);
  assert.ok(text.endsWith("ShapeLens 0.1.0\n"));
});
