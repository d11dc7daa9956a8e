/** The elements of the drawing: only those that are in view, and plain blocks where texts would be too small. */

import { type Camera, SCALE, seen } from "../drawing/camera";
import { figure, line } from "../drawing/curves";
import { nodesOf, nodeText, type Figure, type NodeFigure, type Scene, type Shape } from "../drawing/scene";
import { paintAttributes, placeAttributes } from "../drawing/svg";
import { canOpen } from "../graph/folding";
import { type Box, overlaps, type Size } from "../graph/geometry";
import { setAttributes, svg } from "./elements";
import { themed } from "./palette";

/** What stands out besides the drawing itself. */
export interface Marks {
  /** The key of the node that the keyboard is at. */
  readonly active: string | null;
  /** The keys of the nodes that the cursor of the editor is at. */
  readonly lit: ReadonlySet<string>;
}

/** How far around the view elements are kept, so that a drag finds them there. */
const MARGIN = 240;

export class Surface {
  readonly element = svg("svg", { class: "surface", role: "none" });
  readonly #world = svg("g");
  readonly #far = svg("g", { class: "far" });
  readonly #layers = {
    containers: svg("g"),
    edges: svg("g"),
    nodes: svg("g"),
    outlets: svg("g"),
  };
  readonly #marks = svg("g", { class: "marks" });
  readonly #drawn = new Map<string, SVGGElement>();
  #scene: Scene = { width: 0, height: 0, containers: [], edges: [], nodes: [], outlets: [] };
  #hasFar = false;

  constructor() {
    const { containers, edges, nodes, outlets } = this.#layers;
    this.#world.append(this.#far, containers, edges, nodes, outlets, this.#marks);
    this.element.append(this.#world);
  }

  /** Takes another scene; it is drawn with the next call of `draw`. */
  take(scene: Scene): void {
    this.#scene = scene;
    this.#far.replaceChildren();
    this.#hasFar = false;
    for (const element of this.#drawn.values()) {
      element.remove();
    }
    this.#drawn.clear();
  }

  draw(camera: Camera, view: Size, marks: Marks): void {
    const transform = `translate(${figure(camera.x)} ${figure(camera.y)}) scale(${String(camera.scale)})`;
    this.#world.setAttribute("transform", transform);
    const near = camera.scale >= SCALE.readable;
    if (!near && !this.#hasFar) {
      this.#far.replaceChildren(...blocks(this.#scene));
      this.#hasFar = true;
    }
    this.#far.setAttribute("visibility", near ? "hidden" : "visible");
    const window = seen(camera, view, MARGIN);
    const wanted = new Set<string>();
    const want = (layer: SVGGElement, figures: readonly Figure[], make: (figure: Figure) => SVGGElement): void => {
      for (const each of figures) {
        // The element of the active node stays, since the screen reader is told of it by its id.
        if ((near && overlaps(each.box, window)) || each.key === marks.active) {
          wanted.add(each.key);
          if (!this.#drawn.has(each.key)) {
            const element = make(each);
            this.#drawn.set(each.key, element);
            layer.append(element);
          }
        }
      }
    };
    want(this.#layers.containers, this.#scene.containers, nodeElement);
    want(this.#layers.edges, this.#scene.edges, plainElement);
    want(this.#layers.nodes, this.#scene.nodes, nodeElement);
    want(this.#layers.outlets, this.#scene.outlets, plainElement);
    for (const [key, element] of this.#drawn) {
      if (!wanted.has(key)) {
        element.remove();
        this.#drawn.delete(key);
      }
    }
    this.#mark(marks);
  }

  #mark({ active, lit }: Marks): void {
    const marks: SVGElement[] = [];
    for (const { key, box } of nodesOf(this.#scene)) {
      if (lit.has(key)) {
        marks.push(ring("lit", box, 2));
      }
      if (key === active) {
        marks.push(ring("active", box, 4));
      }
    }
    this.#marks.replaceChildren(...marks);
  }
}

/** The id of a node's element, for `aria-activedescendant`. */
export function elementId(key: string): string {
  return `node-${encodeURIComponent(key)}`;
}

function nodeElement(each: Figure): SVGGElement {
  const element = plainElement(each);
  const { item, placed } = each as NodeFigure;
  setAttributes(element, {
    id: elementId(each.key),
    role: "treeitem",
    "aria-label": nodeText(item).replaceAll("\n", ", "),
    "aria-level": String(item.depth + 1),
    ...(canOpen(item) ? { "aria-expanded": String(placed.open) } : {}),
  });
  return element;
}

function plainElement(each: Figure): SVGGElement {
  const element = svg("g", { "data-key": each.key }, ...each.shapes().map(shapeElement));
  const tip = each.tip();
  if (tip !== "") {
    element.append(svg("title", {}, tip));
  }
  return element;
}

function shapeElement(shape: Shape): SVGElement {
  const attributes = { ...placeAttributes(shape), ...paintAttributes(shape.paint, themed) };
  return shape.kind === "text" ? svg("text", attributes, shape.text) : svg(shape.kind, attributes);
}

function ring(name: string, { x, y, width, height }: Box, around: number): SVGElement {
  return svg("rect", {
    class: name,
    x: figure(x - around),
    y: figure(y - around),
    width: figure(width + 2 * around),
    height: figure(height + 2 * around),
    rx: "7",
    "vector-effect": "non-scaling-stroke",
  });
}

/** The whole scene in a few elements, however large it is: one path for the nodes of each colour. */
function blocks(scene: Scene): readonly SVGElement[] {
  const frames = scene.containers.map(({ box }) => frame(box)).join("");
  const edges = { plain: "", faulty: "" };
  for (const { placed, faulty } of scene.edges) {
    edges[faulty ? "faulty" : "plain"] += line(placed.points);
  }
  const nodes = new Map<string, string>();
  for (const { box, family, faulty } of scene.nodes) {
    const colour = faulty ? "error" : (`family-${family()}` as const);
    nodes.set(themed(colour), (nodes.get(themed(colour)) ?? "") + frame(box));
  }
  const thin = { fill: "none", "stroke-width": "1", "vector-effect": "non-scaling-stroke" };
  return [
    svg("path", { ...thin, d: frames, fill: themed("container"), stroke: themed("container-border") }),
    svg("path", { ...thin, d: edges.plain, stroke: themed("edge") }),
    svg("path", { ...thin, d: edges.faulty, stroke: themed("error"), "stroke-width": "2" }),
    ...[...nodes].map(([fill, d]) => svg("path", { d, fill })),
  ];
}

function frame({ x, y, width, height }: Box): string {
  return `M${figure(x)},${figure(y)}h${figure(width)}v${figure(height)}h${figure(-width)}Z`;
}
