import assert from "node:assert/strict";
import { test } from "node:test";

import { chosen, expand, forServer, textSetting } from "../../src/settings";
import { stage } from "../support/vscode";

const VARIABLES = { home: "/home/ada", environment: { VENVS: "/envs", EMPTY: undefined } };

test("variables are replaced; the workspace folder is left to the server", () => {
  assert.equal(expand("${userHome}/py", VARIABLES), "/home/ada/py");
  assert.equal(expand("${env:VENVS}/a/bin/python", VARIABLES), "/envs/a/bin/python");
  assert.equal(expand("${env:NOT_SET}x", VARIABLES), "x");
  assert.equal(expand("${workspaceFolder}/.venv", VARIABLES), "${workspaceFolder}/.venv");
});

test("the selected interpreter stands in for an empty setting only", () => {
  assert.equal(forServer({ interpreter: "" }, "/sel/python", true, VARIABLES)["interpreter"], "/sel/python");
  assert.equal(forServer({ interpreter: "  " }, "/sel/python", true, VARIABLES)["interpreter"], "/sel/python");
  assert.equal(forServer({ interpreter: "/own" }, "/sel/python", true, VARIABLES)["interpreter"], "/own");
  assert.equal(forServer({}, undefined, true, VARIABLES)["interpreter"], null);
  assert.equal(forServer(null, "/sel/python", true, VARIABLES)["interpreter"], "/sel/python");
});

test("the server is not told what is for the extension alone, and keeps all else", () => {
  const sent = { serverInterpreter: "/py", budget: { seconds: 3 }, cwd: "${userHome}" };
  const values = forServer(sent, undefined, true, VARIABLES);
  assert.deepEqual(values, { budget: { seconds: 3 }, cwd: "/home/ada", interpreter: null, trusted: true });
  assert.equal(sent.serverInterpreter, "/py", "what the editor holds is not changed");
});

test("no setting of a workspace can declare it trusted", () => {
  assert.equal(forServer({ trusted: true }, undefined, false, VARIABLES)["trusted"], false);
});

test("a text setting that is no text is empty", () => {
  stage.settings.set("shapelens.serverInterpreter", 3);
  assert.equal(textSetting("serverInterpreter"), "");
  stage.settings.set("shapelens.serverInterpreter", " /py ");
  assert.equal(textSetting("serverInterpreter"), "/py");
});

test("defaults of the editor are nobody's choice", () => {
  const answer = { device: "cpu", budget: { seconds: 5, memoryMb: 2048 }, diagnostics: { severity: { a: "off" } } };
  const user = { budget: { seconds: 5 } };
  const workspace = { diagnostics: { severity: { a: "off" } } };
  assert.deepEqual(chosen(answer, [user, workspace, undefined]), {
    budget: { seconds: 5 },
    diagnostics: { severity: { a: "off" } },
  });
  assert.deepEqual(chosen(answer, [undefined, undefined]), {});
  assert.equal(chosen(null, [user]), null);
});
