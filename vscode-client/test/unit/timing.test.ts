import assert from "node:assert/strict";
import { test } from "node:test";

import { Debounced, within } from "../../src/timing";

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("an action that is asked for many times runs once, after the last", async () => {
  let runs = 0;
  const debounced = new Debounced(() => (runs += 1), 20);
  debounced.ask();
  debounced.ask();
  debounced.ask();
  assert.equal(runs, 0);
  await pause(60);
  assert.equal(runs, 1);
});

test("an action that was asked for does not run after its owner is gone", async () => {
  let runs = 0;
  const debounced = new Debounced(() => (runs += 1), 5);
  debounced.ask();
  debounced.dispose();
  await pause(20);
  assert.equal(runs, 0);
});

test("a value in time is returned; what is late or fails is undefined", async () => {
  assert.equal(await within(Promise.resolve(1), 100), 1);
  assert.equal(await within(new Promise<number>(() => undefined), 5), undefined);
  assert.equal(await within(Promise.reject<number>(new Error("no")), 100), undefined);
});
