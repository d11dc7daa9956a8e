/** The table of the layers; only the rows in view are elements, so that a thousand layers scroll freely. */

import { byteSize, compactCount, exactCount } from "../graph/formatting";
import type { Item } from "../graph/outline";
import {
  cellText,
  type Column,
  COLUMNS,
  EXPLANATIONS,
  HEADINGS,
  NUMERIC,
  type Row,
  type Sorting,
  type Totals,
} from "../table/rows";
import { html } from "./elements";

export interface TableListener {
  reveal(item: Item, focus: boolean): void;
  sort(column: Column): void;
}

export interface TableContent {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly totals: Totals;
  readonly sorting: Sorting | null;
}

const ROW_HEIGHT = 26;
const INDENT = 12;
/** Rows kept above and below the view. */
const OVERSCAN = 12;

export class TableView {
  readonly element = html("div", { class: "table", role: "grid", tabindex: "0" });
  readonly #head = html("div", { class: "row head", role: "row", "aria-rowindex": "1" });
  readonly #space = html("div", { class: "rows", role: "rowgroup" });
  readonly #foot = html("div", { class: "row foot", role: "row" });
  readonly #drawn = new Map<number, HTMLElement>();
  #content: TableContent = {
    label: "",
    rows: [],
    totals: { parameters: null, flops: null, memory: null },
    sorting: null,
  };
  #active: string | null = null;
  #lit: ReadonlySet<string> = new Set();
  #scheduled = false;

  constructor(private readonly listener: TableListener) {
    this.element.append(this.#head, this.#space, this.#foot);
    this.element.addEventListener("scroll", () => {
      this.#schedule();
    });
    this.element.addEventListener("click", (event) => {
      this.#clicked(event, false);
    });
    this.element.addEventListener("dblclick", (event) => {
      this.#clicked(event, true);
    });
    this.element.addEventListener("keydown", (event) => {
      this.#key(event);
    });
    new ResizeObserver(() => {
      this.#schedule();
    }).observe(this.element);
  }

  show(content: TableContent): void {
    this.#content = content;
    this.element.setAttribute("aria-label", `Layers of ${content.label}`);
    this.element.setAttribute("aria-rowcount", String(content.rows.length + 2));
    this.#space.style.height = `${String(content.rows.length * ROW_HEIGHT)}px`;
    this.#head.replaceChildren(...COLUMNS.map((column) => this.#heading(column)));
    this.#foot.replaceChildren(...COLUMNS.map((column) => total(column, content)));
    this.#redraw();
  }

  light(keys: readonly string[]): void {
    const news = keys.some((key) => !this.#lit.has(key));
    this.#lit = new Set(keys);
    const index = this.#content.rows.findIndex(({ item }) => this.#lit.has(item.key));
    if (news && index >= 0) {
      this.#scrollTo(index);
    }
    this.#redraw();
  }

  #heading(column: Column): HTMLElement {
    const { sorting } = this.#content;
    const isSorted = sorting?.column === column;
    const explanation = EXPLANATIONS[column];
    const attributes = { type: "button", ...(explanation === undefined ? {} : { title: explanation }) };
    const label = html("button", attributes, HEADINGS[column]);
    if (isSorted) {
      label.append(html("span", { class: "direction", "aria-hidden": "true" }, sorting.descending ? "▼" : "▲"));
    }
    label.addEventListener("click", () => {
      this.listener.sort(column);
      this.#head.querySelectorAll("button")[COLUMNS.indexOf(column)]?.focus();
    });
    const direction = sorting?.descending === true ? "descending" : "ascending";
    return html(
      "div",
      { class: cellClass(column), role: "columnheader", "aria-sort": isSorted ? direction : "none" },
      label,
    );
  }

  #schedule(): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      requestAnimationFrame(() => {
        this.#scheduled = false;
        this.#draw();
      });
    }
  }

  #redraw(): void {
    for (const element of this.#drawn.values()) {
      element.remove();
    }
    this.#drawn.clear();
    this.#schedule();
  }

  #draw(): void {
    const { rows } = this.#content;
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW_HEIGHT) - OVERSCAN);
    const last = Math.min(
      rows.length - 1,
      Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW_HEIGHT) + OVERSCAN,
    );
    for (const [index, element] of this.#drawn) {
      if (index < first || index > last) {
        element.remove();
        this.#drawn.delete(index);
      }
    }
    for (let index = first; index <= last; index += 1) {
      const row = rows[index];
      if (row !== undefined && !this.#drawn.has(index)) {
        const element = this.#row(row, index);
        this.#drawn.set(index, element);
        this.#space.append(element);
      }
    }
  }

  #row(row: Row, index: number): HTMLElement {
    const active = row.item.key === this.#active;
    const names = [
      "row",
      this.#lit.has(row.item.key) ? "lit" : "",
      active ? "active" : "",
      row.fault === "" ? "" : "faulty",
      row.item.node.kind,
    ];
    const element = html(
      "div",
      {
        class: names.filter((name) => name !== "").join(" "),
        role: "row",
        id: `row-${String(index)}`,
        "aria-rowindex": String(index + 2),
        "aria-selected": String(active),
        "data-index": String(index),
      },
      ...COLUMNS.map((column) => cell(row, column)),
    );
    element.style.top = `${String(index * ROW_HEIGHT)}px`;
    return element;
  }

  #clicked(event: MouseEvent, focus: boolean): void {
    const row = event.target instanceof Element ? event.target.closest("[data-index]") : null;
    if (row !== null) {
      this.#activate(Number(row.getAttribute("data-index")));
      this.#reveal(focus);
    }
  }

  #activate(index: number): void {
    this.#active = this.#content.rows[index]?.item.key ?? null;
    this.element.setAttribute("aria-activedescendant", `row-${String(index)}`);
    this.#redraw();
  }

  #reveal(focus: boolean): void {
    const row = this.#content.rows.find(({ item }) => item.key === this.#active);
    if (row !== undefined) {
      this.listener.reveal(row.item, focus);
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.element || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const { rows } = this.#content;
    const index = rows.findIndex(({ item }) => item.key === this.#active);
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW_HEIGHT) - 3);
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: rows.length - 1,
    };
    const target = targets[event.key];
    if (target !== undefined && rows.length > 0) {
      const next = Math.min(rows.length - 1, Math.max(0, target));
      this.#activate(next);
      this.#scrollTo(next);
      event.preventDefault();
    } else if (event.key === "Enter") {
      this.#reveal(true);
      event.preventDefault();
    }
  }

  /** Scrolls as far as it takes; the heading and the totals cover a row each. */
  #scrollTo(index: number): void {
    const top = index * ROW_HEIGHT;
    const room = this.element.clientHeight - 2 * ROW_HEIGHT;
    if (top < this.element.scrollTop) {
      this.element.scrollTop = top;
    } else if (top + ROW_HEIGHT > this.element.scrollTop + room) {
      this.element.scrollTop = top + ROW_HEIGHT - room;
    }
    this.#schedule();
  }
}

function cell(row: Row, column: Column): HTMLElement {
  const text = cellText(row, column);
  const element = html("div", { class: cellClass(column), role: "gridcell", title: title(row, column, text) }, text);
  if (column === "name" && row.indent > 0) {
    element.style.paddingInlineStart = `${String(6 + row.indent * INDENT)}px`;
  }
  return element;
}

function title(row: Row, column: Column, text: string): string {
  if (row.fault !== "") {
    return row.fault;
  }
  const value = column === "flops" || column === "memory" ? row[column] : null;
  return value === null ? text : `${exactCount(value)} ${column === "memory" ? "bytes" : "FLOPs"}`;
}

function total(column: Column, { totals, rows }: TableContent): HTMLElement {
  const texts: Partial<Record<Column, string>> = {
    name: `${String(rows.length)} ${rows.length === 1 ? "row" : "rows"}`,
    parameters: totals.parameters === null ? "" : exactCount(totals.parameters),
    flops: totals.flops === null ? "" : compactCount(totals.flops),
    memory: totals.memory === null ? "" : byteSize(totals.memory),
  };
  return html("div", { class: cellClass(column), role: "gridcell" }, texts[column] ?? "");
}

function cellClass(column: Column): string {
  return NUMERIC.has(column) ? `cell ${column} number` : `cell ${column}`;
}
