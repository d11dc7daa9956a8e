/**
 * Where a graph can be cut so that its parts are laid out one by one.
 *
 * Networks are mostly chains of blocks: between two blocks every path runs through one node. Laying out block by block
 * takes time linear in their number, where a layered layout of the whole grows faster.
 */

export interface Link {
  readonly from: string;
  readonly to: string;
}

export interface Segment<Edge extends Link> {
  /** In order; the first is the last of the segment before, and the last the first of the one after. */
  readonly keys: readonly string[];
  readonly edges: readonly Edge[];
}

/** The parts of a graph that no edge connects, in the order of their first nodes. */
export function components(keys: readonly string[], edges: readonly Link[]): readonly (readonly string[])[] {
  const neighbours = new Map<string, string[]>(keys.map((key) => [key, []]));
  for (const { from, to } of edges) {
    neighbours.get(from)?.push(to);
    neighbours.get(to)?.push(from);
  }
  const component = new Map<string, number>();
  const parts: string[][] = [];
  for (const start of keys) {
    if (component.has(start)) {
      continue;
    }
    const stack = [start];
    component.set(start, parts.length);
    for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
      for (const next of neighbours.get(key) ?? []) {
        if (!component.has(next)) {
          component.set(next, parts.length);
          stack.push(next);
        }
      }
    }
    parts.push([]);
  }
  for (const key of keys) {
    parts[component.get(key) ?? 0]?.push(key);
  }
  return parts;
}

/**
 * Keys so that each comes after those it takes from, as late as that allows: an input stands right before what uses it.
 * The edges that close a cycle are passed over.
 */
export function dataOrder(keys: readonly string[], edges: readonly Link[]): readonly string[] {
  const sources = new Map<string, string[]>(keys.map((key) => [key, []]));
  const feeds = new Set<string>();
  for (const { from, to } of edges) {
    sources.get(to)?.push(from);
    if (from !== to) {
      feeds.add(from);
    }
  }
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (start: string): void => {
    if (seen.has(start)) {
      return;
    }
    seen.add(start);
    // A list of our own instead of recursion: a chain of ten thousand layers would exhaust the stack.
    const stack: { readonly key: string; next: number }[] = [{ key: start, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const source = sources.get(top.key)?.[top.next];
      top.next += 1;
      if (source === undefined) {
        order.push(top.key);
        stack.pop();
      } else if (!seen.has(source)) {
        seen.add(source);
        stack.push({ key: source, next: 0 });
      }
    }
  };
  keys.filter((key) => !feeds.has(key)).forEach(visit);
  keys.forEach(visit);
  return order;
}

/** Cuts a connected graph at the nodes that no edge passes by. */
export function segments<Edge extends Link>(keys: readonly string[], edges: readonly Edge[]): readonly Segment<Edge>[] {
  const order = dataOrder(keys, edges);
  const positions = new Map(order.map((key, index) => [key, index]));
  const spans = edges.map((edge) => {
    const ends = [positions.get(edge.from) ?? 0, positions.get(edge.to) ?? 0];
    return { edge, first: Math.min(...ends), last: Math.max(...ends) };
  });
  const opened = new Array<number>(order.length + 1).fill(0);
  for (const { first, last } of spans) {
    if (last > first + 1) {
      opened[first + 1] = (opened[first + 1] ?? 0) + 1;
      opened[last] = (opened[last] ?? 0) - 1;
    }
  }
  // segmentAt[p] is the segment that starts at or before p: where an edge that starts at p belongs.
  const segmentAt: number[] = [];
  const parts: { keys: string[]; edges: Edge[] }[] = [];
  let passing = 0;
  order.forEach((key, position) => {
    passing += opened[position] ?? 0;
    parts.at(-1)?.keys.push(key);
    const last = position === order.length - 1;
    if (parts.length === 0 || (passing === 0 && !last)) {
      parts.push({ keys: [key], edges: [] });
    }
    segmentAt.push(parts.length - 1);
  });
  for (const { edge, first } of spans) {
    parts[segmentAt[first] ?? 0]?.edges.push(edge);
  }
  return parts;
}

/** How many ranks the edges cross, at most: what a layered layout's time grows with. */
export function complexity({ keys, edges }: Segment<Link>): number {
  const positions = new Map(keys.map((key, index) => [key, index]));
  return edges.reduce((sum, { from, to }) => sum + Math.abs((positions.get(to) ?? 0) - (positions.get(from) ?? 0)), 0);
}

/** Whether some edge leads where a longer path leads too. */
export function hasShortcut({ keys, edges }: Segment<Link>): boolean {
  const targets = new Map<string, string[]>(keys.map((key) => [key, []]));
  for (const { from, to } of edges) {
    targets.get(from)?.push(to);
  }
  return edges.some(({ from, to }) => {
    const seen = new Set(targets.get(from)?.filter((key) => key !== to && key !== from));
    for (const key of seen) {
      targets.get(key)?.forEach((next) => seen.add(next));
    }
    return seen.has(to);
  });
}
