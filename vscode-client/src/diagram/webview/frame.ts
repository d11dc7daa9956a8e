/** What is around the diagram and the table: the bar above, the details below, and messages in their place. */

import { SCALE } from "../drawing/camera";
import { nodeText } from "../drawing/scene";
import type { Choice } from "../graph/choosing";
import { byteSize, compactCount, exactCount } from "../graph/formatting";
import type { Item } from "../graph/outline";
import { batchSize } from "../table/rows";
import type { Canvas } from "./canvas";
import { button, html } from "./elements";
import type { Tab } from "./state";

export interface FrameListener {
  choose(key: string): void;
  tab(tab: Tab): void;
  batch(size: number): void;
  unfold(all: boolean): void;
  save(format: "svg" | "png"): void;
}

const ICONS = {
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  unfold: "M5 3l3-2 3 2M5 13l3 2 3-2M3 6.5h10M3 9.5h10",
  fold: "M5 1.5l3 2 3-2M5 14.5l3-2 3 2M3 6.5h10M3 9.5h10",
} as const;

/** A layout that takes longer than this says so. */
const PATIENCE = 300;

/** What the line below tells while it has no node to tell of. */
const HINT = "Click a node to go to its line; drag to move, scroll to zoom.";

export class Frame {
  readonly #chooser = html("select", { class: "chooser", "aria-label": "Model" });
  readonly #facts = html("div", { class: "facts" });
  readonly #warning = html("div", { class: "warning", role: "alert" });
  readonly #empty = html("div", { class: "empty", role: "status" });
  readonly #details = html("div", { class: "details" });
  readonly #zoom = html("output", { class: "zoom", "aria-label": "Zoom" }, "100%");
  readonly #batch = html("input", { type: "number", min: "1", step: "1", value: "1", "aria-label": "Batch size" });
  readonly #folds = html("div", { class: "group" });
  readonly #diagram: HTMLElement;
  readonly #tabs: Readonly<Record<Tab, HTMLButtonElement>>;
  readonly #panels: Readonly<Record<Tab, HTMLElement>>;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly page: HTMLElement,
    canvas: Canvas,
    table: HTMLElement,
    private readonly listener: FrameListener,
  ) {
    this.#tabs = { diagram: this.#tab("diagram", "Diagram"), table: this.#tab("table", "Table") };
    const zoom = html(
      "div",
      { class: "zoom-bar", role: "toolbar", "aria-label": "Zoom" },
      button("Zoom out (−)", { icon: ICONS.minus }, () => {
        canvas.zoomBy(1 / SCALE.step);
      }),
      this.#zoom,
      button("Zoom in (+)", { icon: ICONS.plus }, () => {
        canvas.zoomBy(SCALE.step);
      }),
      button("Fit the whole model (F)", { icon: ICONS.fit }, () => {
        canvas.fit();
      }),
    );
    this.#diagram = html("div", {
      class: "panel",
      id: "panel-diagram",
      role: "tabpanel",
      "aria-labelledby": "tab-diagram",
    });
    this.#diagram.append(canvas.element, zoom, this.#details);
    const tablePanel = html("div", {
      class: "panel",
      id: "panel-table",
      role: "tabpanel",
      "aria-labelledby": "tab-table",
    });
    tablePanel.append(table);
    this.#panels = { diagram: this.#diagram, table: tablePanel };
    page.append(this.#bar(), this.#warning, this.#empty, this.#diagram, tablePanel);
    this.say("Waiting for the evaluation of this file…");
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      const modified = event.ctrlKey || event.altKey || event.metaKey;
      if (!typing && !modified && !this.#diagram.hidden && canvas.zoomKey(event.key)) {
        event.preventDefault();
      }
    });
  }

  /** Lists the models to choose from. */
  offer(choices: readonly Choice[]): void {
    this.#chooser.replaceChildren(...choices.map(({ key, label }) => html("option", { value: key }, label)));
    this.#chooser.hidden = choices.length < 2;
  }

  /** Tells of the model that is shown. */
  choose({ key, model, label }: Choice, hasFolds: boolean): void {
    this.#chooser.value = key;
    const facts = [
      ...(this.#chooser.hidden ? [html("strong", {}, label)] : []),
      ...(model.input === "" && model.output === ""
        ? []
        : [`${model.input} → ${model.output === "" ? "?" : model.output}`]),
      ...(model.parameters === null ? [] : [`${exactCount(model.parameters)} parameters`]),
    ];
    this.#facts.replaceChildren(...facts.map((fact) => html("span", {}, fact)));
    this.#folds.hidden = !hasFolds;
    this.warn(model.broken);
  }

  /** Shows a message in the place of the drawing and the table. */
  say(message: string): void {
    this.#empty.textContent = message;
    this.page.classList.add("is-empty");
    if (message !== "") {
      this.#facts.replaceChildren();
      this.warn("");
    }
  }

  /** Gives the place back to the drawing. */
  drawn(): void {
    this.page.classList.remove("is-empty");
  }

  warn(message: string): void {
    this.#warning.textContent = message;
    this.#warning.hidden = message === "";
  }

  busy(busy: boolean): void {
    clearTimeout(this.#waiting);
    this.page.classList.remove("is-busy");
    if (busy) {
      this.#waiting = setTimeout(() => {
        this.page.classList.add("is-busy");
      }, PATIENCE);
    }
  }

  zoomed(scale: number): void {
    this.#zoom.textContent = `${String(Math.max(1, Math.round(scale * 100)))}%`;
  }

  /** Tells of the node that the pointer or the keyboard is at. */
  describe(item: Item | null): void {
    this.#details.replaceChildren(...(item === null ? [HINT] : details(item)));
  }

  showTab(tab: Tab): void {
    for (const name of ["diagram", "table"] as const) {
      this.#tabs[name].setAttribute("aria-selected", String(name === tab));
      this.#tabs[name].tabIndex = name === tab ? 0 : -1;
      this.#panels[name].hidden = name !== tab;
    }
    this.page.dataset["tab"] = tab;
  }

  showBatch(size: number): void {
    this.#batch.value = String(size);
  }

  #bar(): HTMLElement {
    const tabs = html("div", { class: "tabs", role: "tablist" }, this.#tabs.diagram, this.#tabs.table);
    tabs.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft" || key === "ArrowRight") {
        const other = this.#diagram.hidden ? "diagram" : "table";
        this.listener.tab(other);
        this.#tabs[other].focus();
      }
    });
    this.#chooser.hidden = true;
    this.#chooser.addEventListener("change", () => {
      this.listener.choose(this.#chooser.value);
    });
    this.#batch.addEventListener("input", () => {
      const size = batchSize(this.#batch.value);
      this.#batch.classList.toggle("invalid", size === null);
      if (size !== null) {
        this.listener.batch(size);
      }
    });
    this.#folds.append(
      button("Unfold every nested model", { icon: ICONS.unfold }, () => {
        this.listener.unfold(true);
      }),
      button("Fold every nested model", { icon: ICONS.fold }, () => {
        this.listener.unfold(false);
      }),
    );
    const forDiagram = html(
      "div",
      { class: "group for-diagram" },
      this.#folds,
      button("Export as SVG", "SVG", () => {
        this.listener.save("svg");
      }),
      button("Export as PNG", "PNG", () => {
        this.listener.save("png");
      }),
    );
    const forTable = html("label", { class: "group for-table" }, "Batch size ", this.#batch);
    return html(
      "header",
      { class: "bar" },
      html("div", { class: "line" }, tabs, html("div", { class: "spacer" }), forDiagram, forTable),
      html("div", { class: "line about" }, this.#chooser, this.#facts),
    );
  }

  #tab(tab: Tab, label: string): HTMLButtonElement {
    const attributes = { type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": `panel-${tab}` };
    const element = html("button", attributes, label);
    element.addEventListener("click", () => {
      this.listener.tab(tab);
    });
    return element;
  }
}

/** The facts of a node, the most telling first; what does not fit the line is cut off. */
function details(item: Item): readonly HTMLElement[] {
  const { node } = item;
  const flow = [node.input, node.output].filter((shape) => shape !== "").join(" → ");
  const parts = [
    html("strong", {}, node.name === node.type ? node.type : `${node.name} · ${node.type}`),
    ...(node.fault === "" ? [] : [html("span", { class: "fault" }, node.fault)]),
    ...[
      flow,
      node.dtype,
      node.parameters === null || node.parameters === 0 ? "" : `${exactCount(node.parameters)} parameters`,
      node.flops === null || node.flops === 0 ? "" : `${compactCount(node.flops)} FLOPs`,
      node.activationBytes === null ? "" : `${byteSize(node.activationBytes)} per sample`,
    ]
      .filter((text) => text !== "")
      .map((text) => html("span", {}, text)),
  ];
  parts[0]?.setAttribute("title", nodeText(item));
  return parts;
}
