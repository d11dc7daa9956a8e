/** The layers of a model as rows of a table. */

import { byteSize, compactCount, exactCount } from "../graph/formatting";
import { faultWithin, type Item, type Outline } from "../graph/outline";

export const COLUMNS = ["name", "type", "input", "output", "parameters", "flops", "memory"] as const;

export type Column = (typeof COLUMNS)[number];

export const NUMERIC: ReadonlySet<Column> = new Set<Column>(["parameters", "flops", "memory"]);

export const HEADINGS: Readonly<Record<Column, string>> = {
  name: "Name",
  type: "Type",
  input: "Input",
  output: "Output",
  parameters: "Parameters",
  flops: "FLOPs",
  memory: "Memory",
};

export const EXPLANATIONS: Readonly<Partial<Record<Column, string>>> = {
  parameters: "Trainable and other weights",
  flops: "Floating-point operations of one pass over the batch; a multiply-add counts two",
  memory: "Activation memory: what the outputs take for the batch",
};

export interface Row {
  readonly item: Item;
  readonly name: string;
  /** How far the name is set in below the nested models that hold it. */
  readonly indent: number;
  readonly type: string;
  readonly input: string;
  readonly output: string;
  readonly parameters: number | null;
  /** For the whole batch. */
  readonly flops: number | null;
  /** Bytes of the outputs for the whole batch. */
  readonly memory: number | null;
  readonly fault: string;
}

export interface Sorting {
  readonly column: Column;
  readonly descending: boolean;
}

/** What the layers come to together; null where that of any is not known. */
export type Totals = Readonly<Record<"parameters" | "flops" | "memory", number | null>>;

/**
 * The rows in the order of the model, nested models before what is inside them; sorted, only what has nothing inside,
 * under its full name, since a nested model would repeat its layers' numbers.
 */
export function rowsOf(outline: Outline, batch: number, sorting: Sorting | null): readonly Row[] {
  if (sorting === null) {
    return outline.items.map((item) => rowOf(item, batch, item.node.name, item.depth));
  }
  const rows = leaves(outline).map((item) => rowOf(item, batch, fullName(item), 0));
  return sorted(rows, sorting);
}

/** The next sorting after a click on a heading: ascending, descending, the order of the model; numbers start large. */
export function nextSorting(current: Sorting | null, column: Column): Sorting | null {
  const first = NUMERIC.has(column);
  if (current?.column !== column) {
    return { column, descending: first };
  }
  return current.descending === first ? { column, descending: !first } : null;
}

/** The sums over the layers; parameters are the model's own count, since layers can share them. */
export function totalsOf(outline: Outline, batch: number): Totals {
  const rows = leaves(outline).map((item) => rowOf(item, batch, item.node.name, 0));
  return {
    parameters: outline.model.parameters ?? sum(rows.map(({ parameters }) => parameters ?? 0)),
    flops: sum(rows.map(({ flops }) => flops)),
    memory: sum(rows.map(({ memory }) => memory)),
  };
}

/** The text of a cell. */
export function cellText(row: Row, column: Column): string {
  switch (column) {
    case "parameters":
      return row.parameters === null ? "" : exactCount(row.parameters);
    case "flops":
      return row.flops === null ? "" : compactCount(row.flops);
    case "memory":
      return row.memory === null ? "" : byteSize(row.memory);
    case "name":
    case "type":
    case "input":
    case "output":
      return row[column];
  }
}

/** The batch size that a person typed: a whole number of at least one; else null. */
export function batchSize(text: string): number | null {
  const number = Number(text.trim());
  return Number.isSafeInteger(number) && number >= 1 ? number : null;
}

function leaves(outline: Outline): readonly Item[] {
  return outline.items.filter((item) => item.children.length === 0);
}

function rowOf(item: Item, batch: number, name: string, indent: number): Row {
  const { node } = item;
  return {
    item,
    name,
    indent,
    type: node.type,
    input: node.input,
    output: node.output,
    parameters: node.parameters,
    flops: node.flops === null ? null : node.flops * batch,
    memory: node.activationBytes === null ? null : node.activationBytes * batch,
    fault: faultWithin(item),
  };
}

function fullName(item: Item): string {
  return item.parent === null ? item.node.name : `${fullName(item.parent)} / ${item.node.name}`;
}

/** Unknown numbers stand last whichever way the rest is sorted; equal rows keep the order of the model. */
function sorted(rows: readonly Row[], { column, descending }: Sorting): readonly Row[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((first, second) => {
    const [left, right] = [first[column], second[column]];
    if (left === null || right === null) {
      return Number(left === null) - Number(right === null);
    }
    return sign * (typeof left === "number" && typeof right === "number" ? left - right : compareTexts(left, right));
  });
}

function compareTexts(left: string | number, right: string | number): number {
  return String(left).localeCompare(String(right), undefined, { numeric: true });
}

function sum(values: readonly (number | null)[]): number | null {
  return values.reduce((total, value) => (total === null || value === null ? null : total + value), 0);
}
