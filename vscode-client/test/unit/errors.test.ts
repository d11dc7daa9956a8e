import assert from "node:assert/strict";
import { test } from "node:test";

import { errorText } from "../../src/errors";

test("an error says its message, anything else itself", () => {
  assert.equal(errorText(new Error("broken")), "broken");
  assert.equal(errorText("thrown text"), "thrown text");
});
