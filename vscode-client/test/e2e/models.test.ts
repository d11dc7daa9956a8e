import assert from "node:assert/strict";
import { describe } from "node:test";

import { Diagram } from "./support/diagram.ts";
import type { Editor } from "./support/editor.ts";
import { Story } from "./support/story.ts";
import { until } from "./support/until.ts";
import type { Workbench } from "./support/workbench.ts";

const NESTED = `import keras
from keras import layers

block = keras.Sequential(
    [layers.Conv2D(8, 3, padding="same", activation="relu"), layers.BatchNormalization()], name="block"
)

image = keras.Input((32, 32, 3), name="image")
x = block(image)
skip = layers.Conv2D(8, 1)(image)
x = layers.Add()([x, skip])
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(image, layers.Dense(10)(x))
`;

describe("the models of a file", () => {
  const story = new Story();
  let workbench: Workbench;
  let editor: Editor;
  let diagram: Diagram;

  story.step("are summed up in a text that cannot be edited", async () => {
    workbench = await story.session.open(story.session.workspace("tour", { "nested.py": NESTED }));
    editor = await workbench.openFile("digits.py");
    await editor.waitForHints();
    await editor.waitForLenses();
    await workbench.hideSideBar();
    await workbench.run("ShapeLens: Show Model Summary");
    await workbench.tab("digits.py (summary)").waitFor();
    const summary = await workbench.editor();
    const lines = await until(
      "the summary",
      () => summary.lines(),
      (lines) => lines.length > 5,
    );
    const text = lines.map((line) => line.text).join("\n");
    assert.match(text, /Conv2D.*\(None, 26, 26, 32\).* 320\b/);
    assert.match(text, /Dense.*\(None, 5, 5, 10\).* 650\b/);
    assert.match(text, /19,466/);
    await workbench.screenshot("summary");
    await summary.press("x");
    assert.deepEqual(await summary.lines(), lines, "the summary was edited");
  });

  story.step("are summed up for another batch size", async () => {
    await workbench.answer("ShapeLens: Set Batch Size of the Summary", "64");
    const summary = await workbench.editor();
    await until(
      "the batch size in the summary",
      () => summary.lines(),
      (lines) => lines.some(({ text }) => /\b64\b.*(sample|batch)|(sample|batch).*\b64\b/i.test(text)),
    );
    await workbench.screenshot("summary-batch");
    await workbench.closeAllEditors();
  });

  story.step("are drawn beside the editor, a nested one folded", async () => {
    editor = await workbench.openFile("nested.py");
    await editor.waitForHints();
    await workbench.run("ShapeLens: Show Model Diagram");
    diagram = new Diagram(workbench);
    await diagram.node(/Dense/).waitFor();
    await diagram.node(/block/).waitFor();
    assert.equal(await diagram.node(/block/).getAttribute("aria-expanded"), "false");
    await diagram.waitForText("(None, 32, 32, 8)");
    await workbench.screenshot("diagram");
  });

  story.step("lead from a node to its line", async () => {
    await diagram.node(/GlobalAveragePooling2D/).click();
    await until(
      "the line of the node",
      () => editor.activeLine(),
      (line) => line === 12,
    );
  });

  story.step("light up where the cursor is", async () => {
    await workbench.focusTab("nested.py");
    await editor.goTo(10, 8);
    await diagram.waitForLit((count) => count > 0);
    await workbench.screenshot("diagram-cursor");
  });

  story.step("are listed in a table that can be sorted", async () => {
    const rows = await diagram.table();
    assert.ok(
      rows.some((row) => row.join(" ").includes("Dense")),
      JSON.stringify(rows),
    );
    await workbench.screenshot("diagram-table");
    await diagram.sortBy(/param/i);
    await diagram.showDiagram();
  });

  story.step("are drawn anew while the text changes, the faulty edge in red", async () => {
    await workbench.focusTab("nested.py");
    await editor.goBehind("layers.Conv2D(8, 1");
    await editor.type(", strides=2");
    await diagram.node(/Add.*(16|shape)/).waitFor();
    await until(
      "the problem",
      () => workbench.problems.counts(),
      ({ errors }) => errors > 0,
    );
    await workbench.screenshot("diagram-fault");
  });
});
