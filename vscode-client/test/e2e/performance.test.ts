import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import type { Editor } from "./support/editor.ts";
import { firstHint, watchFrames, type Smoothness } from "./support/frames.ts";
import { longProgram } from "./support/long_file.ts";
import { BARE_EXTENSIONS } from "./support/places.ts";
import { Session } from "./support/session.ts";
import { Story } from "./support/story.ts";
import { Tap } from "./support/tap.ts";
import { until } from "./support/until.ts";
import type { Workbench } from "./support/workbench.ts";

/** From the server's answer to the hint on screen. */
const SHOWN_MS = 300;

/** A frame that takes longer is one that a user may notice. */
const LONG_MS = 50;

/** In turns with and without the extension. What the extension causes comes in each; what a busy machine causes does not. */
const ROUNDS = 4;

const TYPED = "x = layers.Dense(16)(x)";

describe("the speed of the editor", () => {
  let tap: Tap;
  const story = new Story((folder) => {
    tap = new Tap(folder);
    return { settings: { "shapelens.serverInterpreter": tap.interpreter } };
  });
  let without: Session;
  let workbench: Workbench;

  before(async () => {
    without = await Session.start({ extensions: BARE_EXTENSIONS });
  });
  after(() => without.stop());

  story.step("shows the first hint within 300 ms of the server's answer", async () => {
    workbench = await story.session.open(story.session.workspace("tour", { "long.py": longProgram() }));
    const warm = await workbench.openFile("digits.py");
    await warm.waitForHints();
    await workbench.closeAllEditors();
    const drawn = await firstHint(workbench.page);
    const opened = Date.now();
    await workbench.openFile("attention.py");
    const at = await drawn();
    const answers = tap.answers("textDocument/inlayHint").filter((answer) => answer.at > opened && answer.size > 0);
    assert.ok(answers[0] !== undefined, "the server never answered");
    const took = at - answers[0].at;
    console.log(`From the server's answer to the first hint on screen: ${took.toFixed(0)} ms.`);
    assert.ok(took <= SHOWN_MS, `${took.toFixed(0)} ms`);
  });

  story.step("has no long frame of the extension's while a file of 1,000 lines is typed in", async () => {
    const other = await without.open(without.workspace("tour", { "long.py": longProgram() }));
    const editors = { with: await workbench.openFile("long.py"), without: await other.openFile("long.py") };
    for (const editor of Object.values(editors)) await editor.goTo(500);
    await editors.with.waitForHints();
    const rounds: Record<"with" | "without", Smoothness[]> = { with: [], without: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.without.push(await watchFrames(other.page, () => type(editors.without)));
      rounds.with.push(
        await watchFrames(workbench.page, async () => {
          const asked = tap.answers("textDocument/inlayHint").length;
          await type(editors.with);
          await until(
            "its hints",
            () => tap.answers("textDocument/inlayHint").length,
            (now) => now > asked,
          );
        }),
      );
    }
    for (const [kind, measure] of Object.entries({ task: tasks, frame: frames })) {
      const [longest, usual] = [least(rounds.with.map(measure)), least(rounds.without.map(measure))];
      console.log(
        `The longest ${kind} while typing: ${longest.toFixed(0)} ms, without the extension ${usual.toFixed(0)} ms.`,
      );
      assert.ok(longest <= Math.max(LONG_MS, usual), `${kind}s: ${JSON.stringify({ longest, usual })}`);
    }
  });
});

async function type(editor: Editor): Promise<void> {
  await editor.press("End");
  await editor.press("Enter");
  await editor.type(TYPED, 30);
}

/** The longest task of a round that the browser calls long, else nothing. */
function tasks({ longTasks }: Smoothness): number {
  return Math.max(0, ...longTasks);
}

function frames({ frames }: Smoothness): number {
  return Math.max(0, ...frames);
}

function least(rounds: readonly number[]): number {
  return Math.min(...rounds);
}
