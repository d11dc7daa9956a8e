import assert from "node:assert/strict";
import { describe } from "node:test";

import { Notebook } from "./support/notebook.ts";
import { Story } from "./support/story.ts";
import { until } from "./support/until.ts";
import type { Workbench } from "./support/workbench.ts";

describe("a notebook", () => {
  const story = new Story();
  let workbench: Workbench;
  let notebook: Notebook;

  story.step("shows shapes in its cells, which are one program", async () => {
    workbench = await story.session.open(story.session.workspace("notebooks"));
    await workbench.hideSideBar();
    notebook = await Notebook.open(workbench, "digits.ipynb");
    const hints = await until(
      "hints in cells",
      () => notebook.hints(),
      (hints) => hints.length >= 4,
    );
    assert.ok(hints.includes(": (None, 14, 14, 16)"), hints.join(" | "));
    assert.ok(hints.includes(": (None, 1568)"), hints.join(" | "));
    await workbench.dismissNotifications();
    await workbench.screenshot("notebook");
  });

  story.step("is evaluated anew when one cell changes", async () => {
    await notebook.replaceInCell("layers.Dense(10)", "10", "12");
    await until(
      "the new shape",
      () => notebook.hints(),
      (hints) => hints.includes(": (None, 12)"),
    );
  });
});
