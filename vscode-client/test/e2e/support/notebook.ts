import type { Locator } from "playwright-core";

import { plain, type Workbench } from "./workbench.ts";

/** The notebook editor: a list of cells, each a text editor of its own. */
export class Notebook {
  private constructor(
    private readonly workbench: Workbench,
    private readonly element: Locator,
  ) {}

  static async open(workbench: Workbench, name: string): Promise<Notebook> {
    await workbench.pick("Control+P", name, name);
    await workbench.tab(name).waitFor();
    const element = workbench.page.locator(".notebook-editor");
    await element.locator(".code-cell-row .view-line").first().waitFor();
    return new Notebook(workbench, element);
  }

  /** The hints of all cells on screen, from top to bottom. */
  async hints(): Promise<string[]> {
    const spans = this.element.locator(".code-cell-row .view-line [class*='dyn-rule-']");
    return (await spans.allTextContents()).map(plain).filter(Boolean);
  }

  /** Selects a text in the line of a cell that holds another, and types over it. */
  async replaceInCell(line: string, text: string, by: string): Promise<void> {
    const row = this.element
      .locator(".code-cell-row .view-line")
      .filter({ hasText: nonBreaking(line) })
      .first();
    await row
      .locator("span > span")
      .filter({ hasText: new RegExp(`^${text}$`) })
      .first()
      .dblclick();
    await this.workbench.page.keyboard.type(by);
  }
}

function nonBreaking(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "\\s"));
}
