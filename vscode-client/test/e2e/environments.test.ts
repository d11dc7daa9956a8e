import assert from "node:assert/strict";
import path from "node:path";
import { after, describe } from "node:test";

import type { Editor } from "./support/editor.ts";
import { Environment } from "./support/environments.ts";
import { servers } from "./support/processes.ts";
import { Story } from "./support/story.ts";
import { until } from "./support/until.ts";
import type { Workbench } from "./support/workbench.ts";

describe("the environment of the user", () => {
  const bare = new Environment("bare");
  const keras = new Environment("keras");
  let barePython: string;
  let kerasPython: string;
  const story = new Story((folder) => {
    barePython = bare.at(path.join(folder, "bare"));
    kerasPython = keras.at(path.join(folder, "keras"));
    return {
      settings: {
        "python.defaultInterpreterPath": barePython,
        "python.stub.interpreters": [barePython, kerasPython],
      },
    };
  });
  let workbench: Workbench;
  let editor: Editor;

  after(() => {
    bare.remove();
    keras.remove();
  });

  async function select(python: string): Promise<void> {
    await workbench.run("Python: Select Interpreter");
    await workbench.choose(python);
  }

  story.step("lacks Keras: it is said once, with what to do about it", async () => {
    workbench = await story.session.open(story.session.workspace("tour"));
    await workbench.hideSideBar();
    editor = await workbench.openFile("digits.py");
    const toast = await workbench.waitForNotification(/has no Keras/);
    for (const name of ["Select Interpreter", "Install TensorFlow"])
      await toast.getByRole("button", { name }).waitFor();
    await workbench.screenshot("no-keras-message");
    const told = (await workbench.takeNotifications()).filter((text) => text.includes("Keras"));
    assert.equal(told.length, 1, `it is said ${told.length} times: ${told.join(" | ")}`);
    await workbench.statusBar.waitForLanguageStatus(/Keras is not installed/);
    await workbench.screenshot("no-keras-status");
    await workbench.press("Escape");
    assert.equal((await editor.hints()).size, 0);
  });

  story.step("is changed to one with Keras: hints come without a restart", async () => {
    keras.installKeras();
    const [server] = servers(story.session.server.pid);
    await select(kerasPython);
    const hints = await editor.waitForHints();
    assert.deepEqual(hints.get(12), ["→ (None, 5, 5, 10)"]);
    await workbench.statusBar.waitForLanguageStatus(/Keras 3\.\d+/);
    await workbench.press("Escape");
    assert.equal(servers(story.session.server.pid)[0]?.pid, server?.pid);
  });

  story.step("has Keras and a backend and nothing else: the server runs on it too", async () => {
    await workbench.run("ShapeLens: Restart");
    await until(
      "a server in that environment",
      () => servers(story.session.server.pid).map(({ command }) => command),
      ([command]) => command?.startsWith(kerasPython) === true,
    );
    await editor.goBehind("layers.Dense(10");
    await editor.type("0");
    await editor.waitForHints((hints) => hints.get(12)?.[0] === "→ (None, 5, 5, 100)");
  });

  story.step("gets Keras while the file is open: hints come by themselves", async () => {
    await select(barePython);
    await workbench.waitForNotification(/Keras/);
    await workbench.dismissNotifications();
    await until(
      "the hints to go",
      () => editor.hints(),
      (hints) => hints.size === 0,
    );
    bare.installKeras();
    await editor.waitForHints((hints) => hints.get(12)?.[0] === "→ (None, 5, 5, 100)");
  });
});
