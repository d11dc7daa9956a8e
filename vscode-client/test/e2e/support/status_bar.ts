import { until } from "./until.ts";
import { plain, type Workbench } from "./workbench.ts";

export class StatusBar {
  constructor(private readonly workbench: Workbench) {}

  async texts(): Promise<string[]> {
    return (await this.workbench.page.locator(".statusbar-item:visible").allInnerTexts()).map(plain).filter(Boolean);
  }

  async waitFor(words: RegExp): Promise<void> {
    await until(
      `${words} in the status bar`,
      () => this.texts(),
      (texts) => texts.some((text) => words.test(text)),
    );
  }

  /** Opens the card of the language, waits until it says something, and returns all of it. */
  async waitForLanguageStatus(words: RegExp): Promise<string> {
    const { page } = this.workbench;
    const card = page.locator(".hover-language-status").first();
    return until(
      `${words} in the language status`,
      async () => {
        if (!(await card.isVisible())) {
          // The card goes as soon as the mouse leaves it.
          await this.workbench.restMouse();
          await page.locator("#status\\.languageStatus").hover();
          await card.waitFor({ timeout: 2000 }).catch(() => undefined);
        }
        return (await card.isVisible())
          ? plain((await page.locator(".hover-language-status").allInnerTexts()).join(" ").replace(/\s+/g, " "))
          : "";
      },
      (said) => words.test(said),
    );
  }
}
