/** The nodes of one model as a tree, under keys that outlive an evaluation. */

import type { GraphNode, LspPosition, LspRange, ModelGraph } from "../../protocol";

export interface Item {
  /** Names from the outermost model inwards; the same in the next evaluation as long as the names are. */
  readonly key: string;
  readonly node: GraphNode;
  readonly parent: Item | null;
  readonly depth: number;
  readonly children: readonly Item[];
}

export interface Outline {
  readonly model: ModelGraph;
  readonly roots: readonly Item[];
  /** Every item, each before what is inside it. */
  readonly items: readonly Item[];
  readonly byKey: ReadonlyMap<string, Item>;
  readonly byId: ReadonlyMap<string, Item>;
}

/** The outline of a model: every node at every depth. */
export function outlineOf(model: ModelGraph): Outline {
  const items: Item[] = [];
  const roots = outlined(model.nodes, null, items);
  return {
    model,
    roots,
    items,
    byKey: new Map(items.map((item) => [item.key, item])),
    byId: new Map(items.map((item) => [item.node.id, item])),
  };
}

/** Keys for things in order by their names; a name that came before gets a number. */
export function uniqueKeys(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}#${String(count)}`;
  });
}

/**
 * The items that the text at a position made: those whose range is the smallest that holds the position, else the
 * smallest on its line. Several where one expression made several nodes, as in a loop.
 */
export function itemsAt(outline: Outline, uri: string, position: LspPosition): readonly Item[] {
  const ranged = outline.items.filter((item) => item.node.range !== null && item.node.uri === uri);
  const holding = ranged.filter((item) => item.node.range !== null && holds(item.node.range, position));
  const onLine = (item: Item): boolean => {
    const range = item.node.range;
    return range !== null && range.start.line <= position.line && position.line <= range.end.line;
  };
  return smallest(holding.length > 0 ? holding : ranged.filter(onLine));
}

/** Whether the position is in the range; its end counts, since a cursor stands there after typing. */
export function holds(range: LspRange, position: LspPosition): boolean {
  return !before(position, range.start) && !before(range.end, position);
}

/** The message of the first fault in the item or inside it; empty where there is none. */
export function faultWithin(item: Item): string {
  if (item.node.fault !== "") {
    return item.node.fault;
  }
  for (const child of item.children) {
    const message = faultWithin(child);
    if (message !== "") {
      return message;
    }
  }
  return "";
}

function outlined(nodes: readonly GraphNode[], parent: Item | null, items: Item[]): readonly Item[] {
  const keys = uniqueKeys(nodes.map((node) => node.name));
  return nodes.map((node, index) => {
    const key = `${parent === null ? "" : `${parent.key}/`}${keys[index] ?? node.name}`;
    const children: Item[] = [];
    const item: Item = { key, node, parent, depth: parent === null ? 0 : parent.depth + 1, children };
    items.push(item);
    children.push(...outlined(node.nodes, item, items));
    return item;
  });
}

function before(first: LspPosition, second: LspPosition): boolean {
  return first.line < second.line || (first.line === second.line && first.character < second.character);
}

function smallest(items: readonly Item[]): readonly Item[] {
  const least = Math.min(...items.map(extent));
  return items.filter((item) => extent(item) === least);
}

/** Lines weigh more than any line is long. */
function extent({ node: { range } }: Item): number {
  const line = 1e6;
  return range === null
    ? Infinity
    : (range.end.line - range.start.line) * line + range.end.character - range.start.character;
}
