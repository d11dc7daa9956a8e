/** Which nodes show, given which nested models are open. */

import type { GraphEdge } from "../../protocol";
import type { Item, Outline } from "./outline";

export interface ShownGraph {
  readonly nodes: readonly ShownNode[];
  readonly edges: readonly GraphEdge[];
}

export interface ShownNode {
  readonly item: Item;
  /** What is inside an open nested model; null where the node is folded or no model. */
  readonly inside: ShownGraph | null;
}

/** Whether the node has something inside that can be shown. */
export function canOpen(item: Item): boolean {
  return item.children.length > 0;
}

/** The graph with the models whose keys are in `open` unfolded. */
export function shownGraph(outline: Outline, open: ReadonlySet<string>): ShownGraph {
  return { nodes: shownNodes(outline.roots, open), edges: outline.model.edges };
}

/** The item itself, or the outermost folded model that hides it. */
export function shownItem(item: Item, open: ReadonlySet<string>): Item {
  let shown = item;
  for (let parent = item.parent; parent !== null; parent = parent.parent) {
    if (!open.has(parent.key)) {
      shown = parent;
    }
  }
  return shown;
}

/** The keys of every nested model, or of none. */
export function allKeys(outline: Outline): readonly string[] {
  return outline.items.filter(canOpen).map((item) => item.key);
}

/** `open` with the key put in, or taken out where it was in. */
export function toggled(open: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(open);
  if (!next.delete(key)) {
    next.add(key);
  }
  return next;
}

function shownNodes(items: readonly Item[], open: ReadonlySet<string>): readonly ShownNode[] {
  return items.map((item) => ({
    item,
    inside:
      canOpen(item) && open.has(item.key) ? { nodes: shownNodes(item.children, open), edges: item.node.edges } : null,
  }));
}
