import type { FrameLocator, Locator } from "playwright-core";

import { until } from "./until.ts";
import type { Workbench } from "./workbench.ts";

/** The page of the model diagram, inside the frames that the workbench puts around it. */
export class Diagram {
  private readonly page: FrameLocator;

  constructor(workbench: Workbench) {
    this.page = workbench.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  /** The node whose description holds these words. */
  node(words: RegExp): Locator {
    return this.page.getByRole("treeitem", { name: words });
  }

  /** The kind of theme that the workbench told the page, by the class that it gives the body. */
  async waitForTheme(kind: string): Promise<void> {
    await this.page.locator(`body.${kind}`).waitFor();
  }

  /** The texts that are drawn, shapes on edges among them. */
  async texts(): Promise<string[]> {
    return this.page.locator(".surface text").allTextContents();
  }

  async waitForText(text: string): Promise<void> {
    await until(
      `${text} in the diagram`,
      () => this.texts(),
      (texts) => texts.includes(text),
    );
  }

  /** How many nodes are marked as those that the cursor is at. */
  async waitForLit(isRight: (count: number) => boolean): Promise<void> {
    await until("nodes that light up", () => this.page.locator(".marks .lit").count(), isRight);
  }

  /** Shows the table, and returns the texts of its rows. */
  async table(): Promise<string[][]> {
    await this.page.getByRole("tab", { name: "Table" }).click();
    await this.page.locator("[role=row][data-index]").first().waitFor();
    return this.rows();
  }

  /** Sorts the table by a column. */
  async sortBy(column: RegExp): Promise<string[][]> {
    await this.page.getByRole("columnheader").getByRole("button", { name: column }).click();
    return this.rows();
  }

  async setBatchSize(size: number): Promise<void> {
    await this.page.getByLabel("Batch size").fill(String(size));
  }

  async showDiagram(): Promise<void> {
    await this.page.getByRole("tab", { name: "Diagram" }).click();
  }

  private async rows(): Promise<string[][]> {
    return this.page
      .locator("[role=row][data-index]")
      .evaluateAll((rows) =>
        rows
          .sort((a, b) => Number(a.getAttribute("data-index")) - Number(b.getAttribute("data-index")))
          .map((row) => [...row.querySelectorAll("[role=gridcell]")].map((cell) => cell.textContent)),
      );
  }
}
