import path from "node:path";

import type { Locator, Page } from "playwright-core";

import { Editor } from "./editor.ts";
import { SCREENSHOTS } from "./places.ts";
import { Problems } from "./problems.ts";
import { QuickFix } from "./quick_fix.ts";
import { StatusBar } from "./status_bar.ts";
import { PATIENCE, until } from "./until.ts";

/** One page with the workbench on it. */
export class Workbench {
  readonly problems: Problems;
  readonly quickFix: QuickFix;
  readonly statusBar: StatusBar;
  private readonly complaints: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(PATIENCE);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    this.problems = new Problems(this);
    this.quickFix = new QuickFix(this);
    this.statusBar = new StatusBar(this);
  }

  static async open(page: Page, address: string): Promise<Workbench> {
    const workbench = new Workbench(page);
    await page.goto(address);
    await workbench.isReady();
    return workbench;
  }

  private async isReady(): Promise<void> {
    await this.page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
  }

  /** What was thrown in the page and not caught, so far. */
  get errors(): readonly string[] {
    return this.complaints;
  }

  /** Opens a file of the workspace by its name, in the way of a user who types it. */
  async openFile(name: string): Promise<Editor> {
    await this.pick("Control+P", name, name);
    await this.tab(name).first().waitFor();
    return this.editorOf(name);
  }

  /** The text editor that has the focus, or had it last. */
  async editor(): Promise<Editor> {
    return this.editorAt(".editor-group-container.active .editor-instance .monaco-editor");
  }

  /** The text editor that shows a file, with or without the focus. */
  async editorOf(name: string): Promise<Editor> {
    return this.editorAt(`.editor-instance .monaco-editor[data-uri^="vscode-remote:"][data-uri$="/${name}"]`);
  }

  private async editorAt(selector: string): Promise<Editor> {
    const editor = new Editor(this, this.page.locator(selector).first());
    await editor.element.waitFor();
    return editor;
  }

  tab(name: string): Locator {
    return this.page.locator(`.editor-group-container .tab[data-resource-name="${name}"]`);
  }

  /** Runs a command by its title, "Category: Title", as it stands in the palette. */
  async run(title: string): Promise<void> {
    await this.pick("F1", `>${title}`, title);
  }

  /** The titles that the palette offers for some words. */
  async commands(words: string): Promise<string[]> {
    const input = await this.openPicker("F1");
    await input.fill(`>${words}`);
    const rows = this.page.locator(".quick-input-list .monaco-list-row .label-name");
    await rows.first().waitFor();
    const titles = (await rows.allInnerTexts()).map(plain);
    await this.page.keyboard.press("Escape");
    return titles;
  }

  /** Opens a picker with a key, types into it and takes the entry of that label. */
  async pick(key: string, text: string, label: string): Promise<void> {
    const input = await this.openPicker(key);
    await input.fill(text);
    await this.choose(label);
  }

  /** Takes an entry of the picker that is open. */
  async choose(label: string): Promise<void> {
    const row = this.page.locator(".quick-input-list .monaco-list-row").filter({
      has: this.page.locator(".label-name", { hasText: new RegExp(`^\\s*${escaped(label)}\\s*$`) }),
    });
    const entry = row.first();
    await entry.waitFor();
    const taken = async (): Promise<boolean> => {
      // After a reload the list is drawn anew under the pointer, and a click may be lost.
      await entry.click({ timeout: 3000 }).catch(() => undefined);
      return entry.waitFor({ state: "hidden", timeout: 3000 }).then(
        () => true,
        () => false,
      );
    };
    await until(`the picker to take ${label}`, taken, Boolean);
  }

  private async openPicker(key: string): Promise<Locator> {
    const input = this.page.locator(".quick-input-widget input.input");
    // A key that comes while the workbench moves the focus is lost.
    await until(
      `the picker after ${key}`,
      async () => {
        if (!(await input.isVisible())) await this.page.keyboard.press(key);
        return input.isVisible();
      },
      (isVisible) => isVisible,
    );
    return input;
  }

  /** Runs a command that asks for a text, and answers. */
  async answer(title: string, text: string): Promise<void> {
    await this.run(title);
    const input = this.page.locator(".quick-input-widget input.input");
    await input.waitFor();
    await input.fill(text);
    await this.page.keyboard.press("Enter");
    await input.waitFor({ state: "hidden" });
  }

  /** Takes a colour theme by the name that the picker shows. */
  async setTheme(name: string): Promise<void> {
    await this.run("Preferences: Color Theme");
    await this.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
    await this.page.locator(".quick-input-widget input.input").fill(name);
    await this.choose(name);
  }

  /** Puts the mouse where it rests on nothing. */
  async restMouse(): Promise<void> {
    await this.page.mouse.move(2, 400);
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  async closeAllEditors(): Promise<void> {
    await this.run("View: Close All Editors");
    await this.page.locator(".editor-group-container .tab").first().waitFor({ state: "hidden" });
  }

  /** Gives the editors the whole width. */
  async hideSideBar(): Promise<void> {
    await this.run("View: Close Primary Side Bar");
    await this.page.locator(".part.sidebar").waitFor({ state: "hidden" });
  }

  /** Brings a tab to the front, and the focus into its editor. */
  async focusTab(name: string): Promise<Editor> {
    await this.tab(name).first().click();
    const editor = await this.editorOf(name);
    await this.run("View: Focus Active Editor Group");
    return editor;
  }

  /** Trusts the folder, or takes it off the list of those that are trusted; the window then loads anew. */
  async setTrust(trusted: boolean): Promise<void> {
    await this.run("Workspaces: Manage Workspace Trust");
    const editor = this.page.locator(".workspace-trust-editor");
    if (trusted) {
      await editor.getByRole("button", { name: "Trust", exact: true }).click();
    } else {
      const row = editor.locator(".trusted-uris-table .monaco-list-row").first();
      await row.hover();
      const loaded = this.page.waitForEvent("load");
      await row.getByRole("button", { name: /Delete/ }).click();
      await loaded;
      await this.isReady();
    }
    const restricted = this.page.locator("#status\\.workspaceTrust");
    await restricted.waitFor({ state: trusted ? "hidden" : "visible" });
  }

  /** The texts of the notifications on screen. */
  async notifications(): Promise<string[]> {
    return (await this.page.locator(".notifications-toasts .notification-list-item-message").allInnerTexts()).map(
      plain,
    );
  }

  /** The texts of all notifications, those that are no longer on screen too; leaves none behind. */
  async takeNotifications(): Promise<string[]> {
    await this.run("Notifications: Show Notifications");
    const messages = this.page.locator(".notifications-center .notification-list-item-message");
    await messages.first().waitFor();
    const texts = (await messages.allInnerTexts()).map(plain);
    await this.run("Notifications: Clear All Notifications");
    await messages.first().waitFor({ state: "hidden" });
    return texts;
  }

  async waitForNotification(words: RegExp): Promise<Locator> {
    const toast = this.page.locator(".notifications-toasts .notification-list-item").filter({ hasText: words });
    await toast.first().waitFor();
    return toast.first();
  }

  /** Notifications of the workbench itself, such as of a browser that it does not know, hide what a picture is about. */
  async dismissNotifications(): Promise<void> {
    if ((await this.notifications()).length > 0) await this.run("Notifications: Clear All Notifications");
    await this.page.locator(".notifications-toasts .notification-list-item").first().waitFor({ state: "hidden" });
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), animations: "disabled" });
  }
}

/** The workbench draws spaces as non-breaking ones. */
export function plain(text: string): string {
  return text.replaceAll("\u00a0", " ").replaceAll("\u200b", "").trim();
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
