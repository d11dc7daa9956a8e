import type { Locator } from "playwright-core";

import { until } from "./until.ts";
import { plain, type Workbench } from "./workbench.ts";

/** The light bulb and its menu. */
export class QuickFix {
  constructor(private readonly workbench: Workbench) {}

  private get menu(): Locator {
    return this.workbench.page.locator(".action-widget");
  }

  /** Clicks the light bulb and returns what its menu offers, from top to bottom. */
  async open(): Promise<string[]> {
    const bulb = this.workbench.page.locator(
      ".lightBulbWidget:visible, .margin-view-overlays [class*='codicon-gutter-lightbulb']:visible",
    );
    await bulb.first().click();
    await this.menu.waitFor();
    return until(
      "fixes in the menu",
      () => this.titles(),
      (titles) => titles.length > 0,
    );
  }

  private async titles(): Promise<string[]> {
    return (await this.menu.locator(".monaco-list-row.action .title").allInnerTexts()).map(plain);
  }

  async apply(title: string): Promise<void> {
    const row = this.menu.locator(".monaco-list-row.action").filter({ hasText: title }).first();
    // The menu lies under a pane that takes the click which opened it; the first move of the mouse removes that pane.
    await row.hover({ force: true });
    await row.click();
    await this.menu.waitFor({ state: "hidden" });
  }

  async close(): Promise<void> {
    await this.workbench.page.keyboard.press("Escape");
    await this.menu.waitFor({ state: "hidden" });
  }
}
