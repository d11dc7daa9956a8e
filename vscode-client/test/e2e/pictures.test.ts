import assert from "node:assert/strict";
import { describe } from "node:test";

import { Diagram } from "./support/diagram.ts";
import { Story } from "./support/story.ts";
import { until } from "./support/until.ts";
import type { Workbench } from "./support/workbench.ts";

/** The names of themes as the workbench lists them, and the classes that it gives itself and the pages of extensions. */
const THEMES = [
  { theme: "Light Modern", workbench: "vs", page: "vscode-light" },
  { theme: "Dark Modern", workbench: "vs-dark", page: "vscode-dark" },
  { theme: "Dark High Contrast", workbench: "hc-black", page: "vscode-high-contrast" },
  { theme: "Light High Contrast", workbench: "hc-light", page: "vscode-high-contrast-light" },
] as const;

const RESIDUAL = `"""A residual network whose branches do not meet."""

import keras
from keras import layers


def block(x, filters, strides=1):
    y = layers.Conv2D(filters, 3, strides, padding="same")(x)
    y = layers.BatchNormalization()(y)
    return layers.Add()([x, y])


image = keras.Input((32, 32, 3))
x = layers.Conv2D(16, 3, padding="same")(image)
x = block(x, 16)
x = block(x, 32, strides=2)
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(image, layers.Dense(10)(x))
`;

describe("pictures", () => {
  const story = new Story({
    settings: { "workbench.activityBar.location": "hidden", "editor.occurrencesHighlight": "off" },
  });
  let workspace: string;
  let workbench: Workbench;

  story.step("of the README: hints, a card and a quick fix", async () => {
    workspace = story.session.workspace("tour", { "residual.py": RESIDUAL });
    workbench = await story.session.open(workspace, { width: 1000, height: 480, scale: 2 });
    await workbench.hideSideBar();
    const digits = await workbench.openFile("digits.py");
    await digits.waitForHints();
    await digits.waitForLenses();
    await workbench.screenshot("readme-hints");
    await digits.hover("layers.Conv2D(64");
    await workbench.screenshot("readme-hover");
    await digits.unhover();
    const forecast = await workbench.openFile("forecast.py");
    await forecast.waitForHints((hints) => hints.has(12));
    await forecast.goTo(13, 12);
    await workbench.quickFix.open();
    await workbench.screenshot("readme-quick-fix");
    await workbench.quickFix.close();
    await workbench.closeAllEditors();
    const attention = await workbench.openFile("attention.py");
    await attention.waitForHints();
    await workbench.run("ShapeLens: Show Model Summary");
    await workbench.tab("attention.py (summary)").waitFor();
    const summary = await workbench.editor();
    await until(
      "the summary",
      () => summary.lines(),
      (lines) => lines.length > 5,
    );
    await workbench.screenshot("readme-summary");
  });

  story.step("of the README: a diagram", async () => {
    const other = await story.session.open(workspace, { width: 1100, height: 620, scale: 2 });
    await other.hideSideBar();
    const residual = await other.openFile("residual.py");
    await residual.waitForHints();
    await residual.goTo(10, 12);
    await other.run("ShapeLens: Show Model Diagram");
    const diagram = new Diagram(other);
    await diagram.node(/add_1: Add.*cannot/).waitFor();
    await other.restMouse();
    await other.screenshot("readme-diagram");
    await other.page.context().close();
  });

  story.step("of every part at once", async () => {
    await workbench.page.context().close();
    workbench = await story.session.open(workspace);
    await workbench.hideSideBar();
    const residual = await workbench.openFile("residual.py");
    await residual.waitForHints();
    await workbench.run("ShapeLens: Show Model Diagram");
    await workbench.focusTab("residual.py");
    await workbench.problems.open();
    await new Diagram(workbench).node(/add_1: Add.*cannot/).waitFor();
  });

  for (const { theme, workbench: ofWorkbench, page } of THEMES) {
    story.step(`of the theme ${theme}`, async () => {
      await workbench.setTheme(theme);
      await workbench.page.locator(`.monaco-workbench.${ofWorkbench}`).waitFor();
      await new Diagram(workbench).waitForTheme(page);
      await workbench.screenshot(`theme-${theme.toLowerCase().replaceAll(" ", "-")}`);
      assert.deepEqual(workbench.errors, []);
    });
  }

  story.step("show a fault at the call that failed, and not at another of the same line", async () => {
    const went = await new Diagram(workbench).node(/^add: Add/).getAttribute("aria-label");
    assert.doesNotMatch(went ?? "", /cannot/);
  });
});
