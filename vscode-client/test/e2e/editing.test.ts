import assert from "node:assert/strict";
import { describe } from "node:test";

import type { Editor } from "./support/editor.ts";
import { watchHints } from "./support/frames.ts";
import { Story } from "./support/story.ts";
import { Tap } from "./support/tap.ts";
import { until } from "./support/until.ts";
import type { Workbench } from "./support/workbench.ts";

describe("a file that is edited", () => {
  let tap: Tap;
  const story = new Story((folder) => {
    tap = new Tap(folder);
    return { settings: { "shapelens.serverInterpreter": tap.interpreter } };
  });
  let workbench: Workbench;
  let editor: Editor;

  story.step("shows the shape behind each layer, and the model's above it", async () => {
    workbench = await story.session.open(story.session.workspace("tour"));
    editor = await workbench.openFile("digits.py");
    const hints = await editor.waitForHints();
    assert.deepEqual(hints.get(8), ["→ (None, 26, 26, 32)"]);
    assert.deepEqual(hints.get(12), ["→ (None, 5, 5, 10)"]);
    assert.deepEqual(hints.get(16), [": (16, 5, 5, 10)"]);
    const [lens] = await editor.waitForLenses();
    assert.match(lens ?? "", /\(None, 28, 28, 1\) → \(None, 5, 5, 10\) · 19,466 parameters/);
    await workbench.dismissNotifications();
    await workbench.screenshot("hints");
  });

  story.step("tells of a layer in a card", async () => {
    const card = await editor.hover("layers.Conv2D(64");
    const said = await card.innerText();
    assert.match(said, /Conv2D/);
    assert.match(said, /\(None, 13, 13, 32\)/);
    assert.match(said, /\(None, 11, 11, 64\)/);
    assert.match(said, /float32/);
    assert.match(said, /18,496/);
    await workbench.screenshot("hover");
    await editor.unhover();
  });

  story.step("lists an error with its code and the places that led to it", async () => {
    editor = await workbench.openFile("forecast.py");
    await editor.waitForLenses();
    await workbench.problems.open();
    const entries = await workbench.problems.waitFor((entries) => entries.some((entry) => entry.includes("LSTM")));
    const at = entries.findIndex((entry) => entry.includes("layer-rank-mismatch"));
    assert.match(entries[at] ?? "", /needs \(batch, steps, features\) but gets \(None, 64\).* \[Ln 13, Col 12\]/);
    assert.match(entries[at + 1] ?? "", /forecast\.py \[Ln 12, Col 9\] : gives \(None, 64\)/);
    assert.match(entries[at + 2] ?? "", /forecast\.py \[Ln 17, Col 29\] : called from here/);
    await workbench.screenshot("problems");
  });

  story.step("mends it from the light bulb", async () => {
    await editor.goTo(13, 12);
    const titles = await workbench.quickFix.open();
    const fix = titles.find((title) => title.includes("return_sequences=True"));
    assert.ok(fix !== undefined, `none of ${titles.join(" | ")} returns sequences`);
    await workbench.screenshot("quick-fix");
    await workbench.quickFix.apply(fix);
    await workbench.problems.waitFor((entries) => !entries.some((entry) => entry.includes("layer-rank-mismatch")));
    const hints = await editor.waitForHints((hints) => hints.has(13));
    assert.deepEqual(hints.get(12), [": (None, 82, 64)"]);
    const fixed = (await editor.lines()).find(({ number }) => number === 12);
    assert.match(fixed?.text ?? "", /LSTM\(64, return_sequences=True\)/);
    await workbench.problems.close();
    await workbench.screenshot("mended");
  });

  story.step("keeps the hints while a line is half typed", async () => {
    const before = await editor.hints();
    const others = [...before.values()].flat();
    await editor.goBehind("layers.GlobalAveragePooling1D(),");
    const seen = await watchHints(editor, async () => {
      await editor.press("Enter");
      for (const part of ["layers.", "Dense(", "48"]) {
        const asked = tap.answers("textDocument/inlayHint").length;
        await editor.type(part, 60);
        await until(
          "hints to be asked for again",
          () => tap.answers("textDocument/inlayHint").length,
          (now) => now > asked,
        );
      }
      await workbench.screenshot("half-typed");
      await editor.type("),", 60);
      await editor.waitForHints((hints) => hints.get(22)?.[0] === "→ (None, 48)");
    });
    for (const hints of seen) {
      const missing = others.filter((hint) => count(hints, hint) < count(others, hint));
      assert.deepEqual(missing, [], `hints vanished while a line was typed; ${seen.length} pictures differ`);
    }
  });
});

function count(all: readonly string[], one: string): number {
  return all.filter((other) => other === one).length;
}
