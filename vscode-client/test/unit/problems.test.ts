import assert from "node:assert/strict";
import { test } from "node:test";

import { noPythonMessage, problemMessage, Problems, type Message } from "../../src/problems";
import { rootStatus } from "../support/status";
import { stage } from "../support/vscode";

const missing = rootStatus({
  state: "problem",
  problem: "/p has no Keras.",
  advice: "Install it.",
  problemKind: "no-keras",
});
const titles = (message: Message): string[] => message.buttons.map((button) => button.title);

test("what is missing can be installed or avoided with one click", () => {
  const message = problemMessage(missing);
  assert.equal(message.text, "/p has no Keras.");
  assert.deepEqual(titles(message), ["Select Interpreter", "Install TensorFlow", "Show Logs"]);
  assert.deepEqual(message.buttons[0]!.arguments, ["file:///w"]);
  assert.deepEqual(message.buttons[1]!.arguments, ["/w/.venv/bin/python"]);
});

test("nothing is installed into what is no interpreter", () => {
  const old = problemMessage({ ...missing, problemKind: "interpreter-too-old" });
  assert.deepEqual(titles(old), ["Select Interpreter", "Show Logs"]);
  assert.deepEqual(titles(problemMessage({ ...missing, interpreter: null })), ["Select Interpreter", "Show Logs"]);
});

test("another problem brings its advice", () => {
  assert.equal(problemMessage({ ...missing, problemKind: "other" }).text, "/p has no Keras. Install it.");
});

test("a server without Python names what was tried", () => {
  const message = noPythonMessage({ tried: ["/usr/bin/python3 is Python 3.8"], badSetting: false });
  assert.match(message.text, /3\.10 or newer.*Tried: \/usr\/bin\/python3 is Python 3\.8\./);
  assert.deepEqual(titles(message), ["Select Interpreter", "Open Settings"]);
  assert.match(
    noPythonMessage({ tried: ["/x does not start as a Python"], badSetting: true }).text,
    /serverInterpreter/,
  );
});

test("a problem is told once, also while it is looked at again, and again after it was gone", () => {
  const told: string[] = [];
  const problems = new Problems((message) => told.push(message.text));
  problems.take([missing]);
  problems.take([missing]);
  problems.take([{ ...missing, state: "starting" }]);
  problems.take([missing]);
  assert.equal(told.length, 1);
  problems.take([rootStatus({ state: "warm" })]);
  problems.take([missing]);
  assert.equal(told.length, 2);
  problems.takeServer({ kind: "failed", why: "It ended." });
  problems.takeServer({ kind: "running" });
  assert.equal(told.length, 3);
});

test("a button gives its command", async () => {
  stage.answer = "Install TensorFlow";
  stage.executed.length = 0;
  new Problems().take([missing]);
  await new Promise(setImmediate);
  assert.deepEqual(stage.executed, [{ command: "shapelens.install", args: ["/w/.venv/bin/python"] }]);
  stage.answer = undefined;
});
