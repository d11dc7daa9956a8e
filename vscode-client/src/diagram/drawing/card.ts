/** The texts in a node and the room they take. */

import { canOpen, type ShownNode } from "../graph/folding";
import { compactCount, parametersText } from "../graph/formatting";
import type { Size } from "../graph/geometry";
import { faultWithin, type Item } from "../graph/outline";
import { fitted, type Measure, wrapped } from "./text";

export interface Card extends Size {
  readonly title: string;
  readonly name: string;
  /** Parameters, on a line of their own; empty where there are none. */
  readonly detail: string;
  readonly message: readonly string[];
  readonly fold: "none" | "folded" | "open";
}

export const CARD = {
  left: 16,
  right: 12,
  gap: 14,
  chevron: 16,
  titleLine: 32,
  detailLine: 17,
  messageLine: 15,
  messagePadding: 9,
  minimalWidth: 132,
  widthStep: 12,
  titleWidth: 220,
  nameWidth: 160,
  textWidth: 280,
  messageLines: 6,
} as const;

/** Lays out the texts of a node. */
export function cardOf({ item, inside }: ShownNode, measure: Measure): Card {
  const fold = !canOpen(item) ? "none" : inside === null ? "folded" : "open";
  const title = fitted(item.node.type, "title", CARD.titleWidth, measure);
  const name = item.node.name === item.node.type ? "" : nameText(item, measure);
  const detail = detailText(item);
  const message = fold === "open" ? "" : faultWithin(item);
  const lines =
    message === "" ? [] : wrapped(message, "detail", CARD.textWidth - CARD.left, CARD.messageLines, measure);
  const head =
    measure(title, "title") +
    (name === "" ? 0 : CARD.gap + measure(name, "name")) +
    (fold === "none" ? 0 : CARD.chevron);
  const widest = Math.max(head, measure(detail, "detail"), ...lines.map((line) => measure(line, "detail")));
  const height =
    CARD.titleLine +
    (detail === "" ? 0 : CARD.detailLine) +
    (lines.length === 0 ? 0 : lines.length * CARD.messageLine + 2 * CARD.messagePadding);
  // In steps, so that nodes line up, and blocks that differ by a digit in a name are laid out as one.
  const width = Math.max(CARD.minimalWidth, stepped(widest + CARD.left + CARD.right, CARD.widthStep));
  return { title, name, detail, message: lines, fold, width, height };
}

/** The value, rounded up to a multiple of the step. */
export function stepped(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

function nameText(item: Item, measure: Measure): string {
  return fitted(item.node.name, "name", CARD.nameWidth, measure);
}

function detailText({ node }: Item): string {
  if (node.parameters === null) {
    const isLayer = node.kind === "layer" || node.kind === "model";
    return isLayer && node.fault === "" ? "parameters not known" : ""; // one that failed was not built
  }
  if (node.parameters === 0) {
    return "";
  }
  const frozen = node.trainable === null ? 0 : node.parameters - node.trainable;
  return parametersText(node.parameters) + (frozen > 0 ? ` · ${compactCount(frozen)} not trainable` : "");
}
