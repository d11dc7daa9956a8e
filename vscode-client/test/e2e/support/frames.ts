import type { Page } from "playwright-core";

import type { Editor } from "./editor.ts";

/** How the page felt while something was done in it; times in milliseconds. */
export interface Smoothness {
  /** Tasks that held the page for more than 50 ms, as its own performance interface reports them. */
  readonly longTasks: readonly number[];
  /** The time between two frames, of each frame. */
  readonly frames: readonly number[];
}

interface Recorder {
  stop(): Smoothness;
}

/** Watches the frames of a page while a function runs. */
export async function watchFrames(page: Page, work: () => Promise<void>): Promise<Smoothness> {
  const recorder = await page.evaluateHandle((): Recorder => {
    const longTasks: number[] = [];
    const frames: number[] = [];
    const observer = new PerformanceObserver((list) =>
      longTasks.push(...list.getEntries().map(({ duration }) => duration)),
    );
    observer.observe({ type: "longtask" });
    let before = performance.now();
    let request = requestAnimationFrame(function next() {
      const now = performance.now();
      frames.push(now - before);
      before = now;
      request = requestAnimationFrame(next);
    });
    return {
      stop: () => {
        cancelAnimationFrame(request);
        longTasks.push(...observer.takeRecords().map(({ duration }) => duration));
        observer.disconnect();
        return { longTasks, frames };
      },
    };
  });
  await work();
  return recorder.evaluate((recorder) => recorder.stop());
}

/** The hints of an editor in each frame that was drawn while a function ran, as sorted texts; equal neighbours are one. */
export async function watchHints(editor: Editor, work: () => Promise<void>): Promise<string[][]> {
  const recorder = await editor.element.evaluateHandle((element) => {
    const seen: string[][] = [];
    let request = requestAnimationFrame(function next() {
      const hints = [...element.querySelectorAll(".view-line [class*='dyn-rule-']")].map((span) => span.textContent);
      const texts = hints
        .map((hint) => hint.replaceAll("\u00a0", " ").trim())
        .filter(Boolean)
        .sort();
      if (seen.at(-1)?.join("\n") !== texts.join("\n")) seen.push(texts);
      request = requestAnimationFrame(next);
    });
    return {
      stop: () => {
        cancelAnimationFrame(request);
        return seen;
      },
    };
  });
  await work();
  return recorder.evaluate((recorder) => recorder.stop());
}

/** When, in milliseconds since 1970, the first hint was drawn; armed before the file is opened. */
export async function firstHint(page: Page): Promise<() => Promise<number>> {
  const armed = await page.evaluateHandle(() => {
    const drawn = new Promise<number>((resolve) => {
      const isThere = (): boolean => document.querySelector(".view-line [class*='dyn-rule-']") !== null;
      const observer = new MutationObserver(() => {
        if (!isThere()) return;
        observer.disconnect();
        // The callback of the next frame runs before that frame is drawn, the one after it when it was.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            resolve(performance.timeOrigin + performance.now());
          }),
        );
      });
      observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    return { drawn };
  });
  return () => armed.evaluate(({ drawn }) => drawn);
}
