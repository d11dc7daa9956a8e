import type { Locator } from "playwright-core";

import { plain, type Workbench } from "./workbench.ts";
import { until } from "./until.ts";

export interface Line {
  /** One-based, as the gutter shows it. */
  readonly number: number;
  /** What the file holds. */
  readonly text: string;
  /** What hints say on this line, from left to right. */
  readonly hints: readonly string[];
}

/** A text editor: what the page shows of it, and the keys and the mouse of its user. */
export class Editor {
  constructor(
    private readonly workbench: Workbench,
    readonly element: Locator,
  ) {}

  /** The lines on screen. */
  async lines(): Promise<Line[]> {
    const lines = await this.element.evaluate(readLines);
    return lines.map((line) => ({ ...line, hints: line.hints.map(plain).filter(Boolean) }));
  }

  /** The hints on screen, by the number of their line. */
  async hints(): Promise<Map<number, readonly string[]>> {
    return new Map(
      (await this.lines()).filter(({ hints }) => hints.length > 0).map(({ number, hints }) => [number, hints]),
    );
  }

  async waitForHints(isRight = (hints: ReadonlyMap<number, readonly string[]>): boolean => hints.size > 0) {
    return until("hints", () => this.hints(), isRight);
  }

  /** The code lenses on screen, from top to bottom. */
  async lenses(): Promise<string[]> {
    return (await this.element.locator(".codelens-decoration > *").allInnerTexts()).map(plain).filter(Boolean);
  }

  async waitForLenses(): Promise<string[]> {
    return until(
      "code lenses",
      () => this.lenses(),
      (lenses) => lenses.length > 0,
    );
  }

  /** Puts the cursor somewhere; line and column count from one. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.workbench.pick("Control+G", `:${line}:${column}`, `Go to line ${line} and character ${column}.`);
    await this.workbench.statusBar.waitFor(new RegExp(`Ln ${line}, Col ${column}`));
  }

  /** The line that the cursor is in, as the gutter marks it; it need not have the focus. */
  async activeLine(): Promise<number> {
    return Number(await this.element.locator(".active-line-number").first().textContent());
  }

  /** Puts the cursor behind the first occurrence of a text that is on screen. */
  async goBehind(text: string): Promise<void> {
    const line = (await this.lines()).find((candidate) => candidate.text.includes(text));
    if (line === undefined) throw new Error(`${JSON.stringify(text)} is not on screen`);
    await this.goTo(line.number, line.text.indexOf(text) + text.length + 1);
  }

  /** Types as a user does, key by key. */
  async type(text: string, delay = 0): Promise<void> {
    await this.workbench.page.keyboard.type(text, { delay });
  }

  async press(key: string): Promise<void> {
    await this.workbench.page.keyboard.press(key);
  }

  /** Rests the mouse on the first occurrence of a text and returns what the hover then says. */
  async hover(text: string): Promise<Locator> {
    const box = await this.element.evaluate(findText, text);
    const hover = this.workbench.page.locator(
      ".monaco-editor .monaco-hover:not(.hidden), .monaco-hover.workbench-hover",
    );
    await this.workbench.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 2 });
    await hover.first().waitFor();
    await until(
      "the hover to say something",
      async () => plain(await hover.first().innerText()),
      (said) => said !== "" && !said.startsWith("Loading"),
    );
    return hover.first();
  }

  /** Takes the mouse away, so that no hover stays. */
  async unhover(): Promise<void> {
    await this.workbench.restMouse();
    await this.workbench.page.locator(".monaco-editor .monaco-hover:not(.hidden)").first().waitFor({ state: "hidden" });
  }
}

/**
 * In the page: the lines of an editor. The gutter and the text are two lists that share nothing but their places; an
 * editor without numbers is taken to show its text from the start.
 */
function readLines(editor: Element): { number: number; text: string; hints: string[] }[] {
  const numbers = new Map<number, number>();
  for (const row of editor.querySelectorAll<HTMLElement>(".margin-view-overlays > div")) {
    const number = Number.parseInt(row.querySelector(".line-numbers")?.textContent ?? "", 10);
    if (!Number.isNaN(number)) numbers.set(Number.parseInt(row.style.top, 10), number);
  }
  const top = (row: HTMLElement): number => Number.parseInt(row.style.top, 10);
  return [...editor.querySelectorAll<HTMLElement>(".view-lines > .view-line")]
    .sort((a, b) => top(a) - top(b))
    .map((row, at) => {
      const spans = [...row.querySelectorAll("span > span")];
      const isHint = (span: Element): boolean => /\bdyn-rule-/.test(span.className);
      const text = spans.filter((span) => !isHint(span)).map((span) => span.textContent);
      return {
        number: numbers.size === 0 ? at + 1 : (numbers.get(top(row)) ?? 0),
        text: text.join("").replaceAll("\u00a0", " "),
        hints: spans.filter(isHint).map((span) => span.textContent),
      };
    })
    .filter(({ number }) => number > 0);
}

/** In the page: where a text is drawn. */
function findText(editor: Element, wanted: string): { x: number; y: number; width: number; height: number } {
  for (const row of editor.querySelectorAll(".view-lines > .view-line")) {
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    const nodes: Text[] = [];
    while (walker.nextNode() !== null) nodes.push(walker.currentNode as Text);
    const at = nodes
      .map((node) => node.data)
      .join("")
      .replaceAll("\u00a0", " ")
      .indexOf(wanted);
    if (at < 0) continue;
    const range = document.createRange();
    let passed = 0;
    for (const node of nodes) {
      const end = passed + node.length;
      if (at >= passed && at < end) range.setStart(node, at - passed);
      if (at + wanted.length > passed && at + wanted.length <= end) range.setEnd(node, at + wanted.length - passed);
      passed = end;
    }
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y, width, height };
  }
  throw new Error(`${JSON.stringify(wanted)} is not on screen`);
}
