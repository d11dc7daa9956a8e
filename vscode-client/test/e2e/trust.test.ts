import assert from "node:assert/strict";
import { describe } from "node:test";

import type { Editor } from "./support/editor.ts";
import { hosts } from "./support/processes.ts";
import { Story } from "./support/story.ts";
import type { Workbench } from "./support/workbench.ts";

describe("a workspace that is not trusted", () => {
  const story = new Story({
    settings: {
      "security.workspace.trust.enabled": true,
      "security.workspace.trust.startupPrompt": "never",
      "security.workspace.trust.untrustedFiles": "open",
    },
  });
  let workbench: Workbench;
  let editor: Editor;

  story.step("is not evaluated, and the status says so", async () => {
    workbench = await story.session.open(story.session.workspace("tour"));
    editor = await workbench.openFile("digits.py");
    assert.match(await workbench.statusBar.waitForLanguageStatus(/not trusted/), /ShapeLens|Off/);
    assert.equal((await editor.hints()).size, 0);
    assert.deepEqual(hosts(story.session.server.pid), [], "an environment was started");
    await workbench.screenshot("untrusted");
  });

  story.step("is evaluated as soon as it is trusted", async () => {
    await workbench.setTrust(true);
    editor = await workbench.openFile("digits.py");
    const hints = await editor.waitForHints();
    assert.deepEqual(hints.get(12), ["→ (None, 5, 5, 10)"]);
    await workbench.screenshot("trusted");
  });

  story.step("is no longer evaluated when trust is taken back", async () => {
    await workbench.setTrust(false);
    editor = await workbench.openFile("digits.py");
    await workbench.statusBar.waitForLanguageStatus(/not trusted/);
    assert.equal((await editor.hints()).size, 0);
  });
});
