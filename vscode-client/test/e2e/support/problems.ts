import type { Locator } from "playwright-core";

import { until } from "./until.ts";
import { plain, type Workbench } from "./workbench.ts";

/** The problems panel. */
export class Problems {
  constructor(private readonly workbench: Workbench) {}

  private get rows(): Locator {
    return this.workbench.page.locator(".markers-panel .monaco-list-row");
  }

  async open(): Promise<void> {
    if (!(await this.workbench.page.locator(".markers-panel").isVisible()))
      await this.workbench.run("View: Toggle Problems");
    await this.workbench.page.locator(".markers-panel").waitFor();
  }

  async close(): Promise<void> {
    await this.workbench.run("View: Hide Panel");
    await this.workbench.page.locator(".markers-panel").waitFor({ state: "hidden" });
  }

  /** What the panel lists: files, problems and what is related to them, one text each. */
  async entries(): Promise<string[]> {
    return (await this.rows.allInnerTexts()).map((text) => plain(text.replace(/\s+/g, " ")));
  }

  async waitFor(isRight: (entries: readonly string[]) => boolean): Promise<string[]> {
    return until("the problems panel", () => this.entries(), isRight);
  }

  /** Unfolds what is related to the problem that says this. */
  async unfold(words: RegExp): Promise<void> {
    const row = this.rows.filter({ hasText: words }).first();
    if ((await row.getAttribute("aria-expanded")) === "false") await row.locator(".monaco-tl-twistie").click();
  }

  /** The numbers that the status bar counts. */
  async counts(): Promise<{ errors: number; warnings: number }> {
    const text = await this.workbench.page.locator("#status\\.problems").innerText();
    const [errors, warnings] = [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits));
    return { errors: errors ?? 0, warnings: warnings ?? 0 };
  }
}
