import assert from "node:assert/strict";
import { describe } from "node:test";

import type { Editor } from "./support/editor.ts";
import { descendants, hosts, isAlive, servers } from "./support/processes.ts";
import { Story } from "./support/story.ts";
import { until } from "./support/until.ts";
import type { Workbench } from "./support/workbench.ts";

describe("the processes behind the editor", () => {
  const story = new Story();
  let workbench: Workbench;
  let editor: Editor;
  let units = 10;

  /** Changes the width of the last layer and waits for its shape: proof that an evaluation of this very text landed. */
  async function proveAlive(): Promise<void> {
    await editor.goBehind(`layers.Dense(${units}`);
    for (let left = String(units).length; left > 0; left -= 1) await editor.press("Backspace");
    units += 1;
    await editor.type(String(units));
    await editor.waitForHints((hints) => hints.get(12)?.[0] === `→ (None, 5, 5, ${units})`);
  }

  story.step("are one server and one host", async () => {
    workbench = await story.session.open(story.session.workspace("tour"));
    editor = await workbench.openFile("digits.py");
    await editor.waitForHints();
    await proveAlive();
    assert.equal(servers(story.session.server.pid).length, 1);
    assert.equal(hosts(story.session.server.pid).length, 1);
  });

  story.step("tell the environment in the status bar", async () => {
    const card = await workbench.statusBar.waitForLanguageStatus(/Keras 3\.\d+.*Ready/);
    assert.match(card, /Python 3\.\d+/);
    assert.match(card, /TensorFlow 2\.\d+/);
    assert.match(card, /Sandbox (strict|basic)/);
    await workbench.screenshot("status");
    await workbench.press("Escape");
  });

  story.step("are replaced by the command", async () => {
    const before = servers(story.session.server.pid);
    await workbench.run("ShapeLens: Restart");
    await until(
      "another server",
      () => servers(story.session.server.pid),
      (now) => now.length === 1 && now[0]?.pid !== before[0]?.pid,
    );
    await proveAlive();
    await until(
      "one host",
      () => hosts(story.session.server.pid),
      (now) => now.length === 1,
    );
  });

  story.step("recover when the host is killed", async () => {
    const [host] = hosts(story.session.server.pid);
    assert.ok(host !== undefined);
    process.kill(host.pid, "SIGKILL");
    await proveAlive();
    assert.notEqual(hosts(story.session.server.pid)[0]?.pid, host.pid);
  });

  story.step("recover when the server is killed", async () => {
    const [server] = servers(story.session.server.pid);
    assert.ok(server !== undefined);
    process.kill(server.pid, "SIGKILL");
    await until(
      "another server",
      () => servers(story.session.server.pid),
      (now) => now.length === 1 && now[0]?.pid !== server.pid,
    );
    await proveAlive();
    await until(
      "one host",
      () => hosts(story.session.server.pid),
      (now) => now.length === 1,
    );
  });

  story.step("rest while evaluation is paused", async () => {
    await workbench.run("ShapeLens: Pause Evaluation");
    assert.match(await workbench.statusBar.waitForLanguageStatus(/Paused/), /nothing is evaluated/);
    await workbench.screenshot("paused");
    await workbench.press("Escape");
    await workbench.run("ShapeLens: Resume Evaluation");
    await proveAlive();
  });

  story.step("end with the editor", async () => {
    const all = descendants(story.session.server.pid).map(({ pid }) => pid);
    await story.session.server.stop();
    await until(
      "all to end",
      () => all.filter(isAlive),
      (left) => left.length === 0,
    );
  });
});
