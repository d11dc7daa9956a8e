import assert from "node:assert/strict";
import { test } from "node:test";

import { probe, readAnswer } from "../../../src/python/probe";

test("an answer is found among what start-up files print", () => {
  const facts = { executable: "C:\\Program Files\\Python\\python.exe", version: [3, 12] };
  assert.deepEqual(readAnswer("hello\r\nshapelens 3 12 C:\\Program Files\\Python\\python.exe\r\n"), facts);
  assert.equal(readAnswer("Python was not found"), undefined);
});

test("what is no Python answers nothing", async () => {
  assert.equal(await probe(["/no/such/file"]), undefined);
  assert.equal(await probe([process.execPath]), undefined);
});
