/** The diagram that is panned, zoomed and walked through. */

import { between, type Camera, fitting, opening, panned, SCALE, showing, toDrawing, zoomed } from "../drawing/camera";
import { CARD } from "../drawing/card";
import { holding } from "../drawing/holding";
import { type NodeFigure, nodesOf, type Scene } from "../drawing/scene";
import { type Direction, neighbour, nodeAt, readingOrder } from "../drawing/walking";
import { canOpen } from "../graph/folding";
import { type Point, type Size } from "../graph/geometry";
import type { Item } from "../graph/outline";
import { html } from "./elements";
import { listenToPointer } from "./pointer";
import { elementId, Surface } from "./surface";

export interface CanvasListener {
  reveal(item: Item, focus: boolean): void;
  toggle(item: Item): void;
  /** The node that the pointer or the keyboard is at. */
  pointed(item: Item | null): void;
  moved(camera: Camera): void;
}

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

const GLIDE_MILLISECONDS = 160;

export class Canvas {
  readonly element = html("div", { class: "canvas", role: "tree", tabindex: "0" });
  readonly #surface = new Surface();
  #scene: Scene | null = null;
  #camera: Camera | null = null;
  /** The camera that shows all of the model, where nobody has moved it yet. */
  #opened: Camera | null = null;
  #view: Size = { width: 0, height: 0 };
  #active: string | null = null;
  #lit: ReadonlySet<string> = new Set();
  #scheduled = false;
  #glide = 0;
  /** Whether Escape was pressed, after which Tab goes on to the next part of the page. */
  #left = false;
  /** The camera when the button of the pointer went down. */
  #pressed: Camera | null = null;

  constructor(private readonly listener: CanvasListener) {
    this.element.append(this.#surface.element);
    listenToPointer(this.element, {
      press: () => {
        this.#glide += 1;
        this.#pressed = this.#camera;
      },
      drag: (x, y) => {
        if (this.#pressed !== null) {
          this.#see(panned(this.#pressed, x, y));
        }
      },
      click: (point) => {
        this.#click(point);
      },
      twice: (point) => {
        this.#twice(point);
      },
      rest: (point) => {
        this.#rest(point);
      },
      zoom: (factor, point) => {
        if (this.#camera !== null) {
          this.#glide += 1;
          this.#see(zoomed(this.#camera, factor, point));
        }
      },
      scroll: (pixels) => {
        if (this.#camera !== null) {
          this.#glide += 1;
          this.#see(panned(this.#camera, 0, -pixels));
        }
      },
    });
    this.element.addEventListener("keydown", (event) => {
      this.#key(event);
    });
    this.element.addEventListener("blur", () => {
      this.#left = false;
    });
    new ResizeObserver(() => {
      this.#resized();
    }).observe(this.element);
  }

  /** Shows another model, or none, as the camera saw it last; from its top on where there is no camera. */
  open(label: string, scene: Scene, camera: Camera | null): void {
    this.element.setAttribute("aria-label", `Diagram of ${label}`);
    this.#camera = camera;
    if (camera !== null) {
      this.listener.moved(camera);
    }
    this.#take(scene);
  }

  /** Shows a changed scene of the same model. What `anchor` names, else what is in the middle, stays in its place. */
  change(scene: Scene, anchor: string | null): void {
    const before = this.#scene;
    const camera = this.#camera;
    if (before !== null && camera !== null) {
      this.#camera = holding(camera, this.#view, before, scene, anchor);
    }
    this.#take(scene);
  }

  /** Lights up nodes; where none of them is in view, the first comes into it. */
  light(keys: readonly string[]): void {
    const news = keys.some((key) => !this.#lit.has(key));
    this.#lit = new Set(keys);
    const figures = keys.map((key) => this.#figure(key)).filter((figure) => figure !== undefined);
    const [first] = figures;
    if (news && first !== undefined && !figures.some((figure) => this.#isInView(figure))) {
      this.#show(first);
    }
    this.#schedule();
  }

  get zoom(): number {
    return this.#camera?.scale ?? 1;
  }

  zoomBy(factor: number): void {
    const middle = { x: this.#view.width / 2, y: this.#view.height / 2 };
    if (this.#camera !== null) {
      this.#glideTo(zoomed(this.#camera, factor, middle));
    }
  }

  zoomTo(scale: number): void {
    this.zoomBy(scale / this.zoom);
  }

  fit(): void {
    if (this.#scene !== null) {
      this.#glideTo(fitting(this.#scene, this.#view));
    }
  }

  /** Handles the keys that zoom; they work wherever the keyboard is on the page. */
  zoomKey(key: string): boolean {
    switch (key) {
      case "+":
      case "=":
        this.zoomBy(SCALE.step);
        return true;
      case "-":
        this.zoomBy(1 / SCALE.step);
        return true;
      case "0":
        this.zoomTo(1);
        return true;
      case "f":
      case "F":
        this.fit();
        return true;
      default:
        return false;
    }
  }

  #take(scene: Scene): void {
    this.#scene = scene;
    this.#surface.take(scene);
    if (this.#figure(this.#active) === undefined) {
      this.#activate(null);
    }
    this.#place();
    this.#schedule();
  }

  #resized(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const before = this.#view;
    this.#view = { width, height };
    if (this.#camera === this.#opened) {
      this.#camera = null; // nobody moved it: all of the model is to be seen again
    } else if (this.#camera !== null && before.width > 0 && width > 0) {
      this.#camera = panned(this.#camera, (width - before.width) / 2, 0);
    }
    this.#place();
    this.#schedule();
  }

  /** Finds the first camera once there is both something to see and room to see it in; what failed is in view. */
  #place(): void {
    if (this.#camera === null && this.#scene !== null && this.#view.width > 0) {
      const failed = this.#scene.nodes.find((node) => node.faulty);
      const camera = opening(this.#scene, this.#view);
      this.#camera = failed === undefined ? camera : showing(camera, failed.box, this.#view);
      this.#opened = this.#camera;
      this.listener.moved(this.#camera);
    }
  }

  #schedule(): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      requestAnimationFrame(() => {
        this.#scheduled = false;
        if (this.#camera !== null && this.#view.width > 0) {
          this.#surface.draw(this.#camera, this.#view, { active: this.#active, lit: this.#lit });
        }
      });
    }
  }

  #see(camera: Camera): void {
    this.#camera = camera;
    this.listener.moved(camera);
    this.#schedule();
  }

  #glideTo(target: Camera): void {
    const from = this.#camera;
    this.#glide += 1;
    const glide = this.#glide;
    if (from === null || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#see(target);
      return;
    }
    const start = performance.now();
    const step = (now: number): void => {
      if (glide !== this.#glide) {
        return;
      }
      const part = Math.min(1, Math.max(0, (now - start) / GLIDE_MILLISECONDS));
      this.#see(between(from, target, 1 - (1 - part) ** 3));
      if (part < 1) {
        requestAnimationFrame(step);
      }
    };
    requestAnimationFrame(step);
  }

  #show(figure: NodeFigure): void {
    if (this.#camera === null || this.#view.width === 0) {
      return;
    }
    const target = showing(this.#camera, figure.box, this.#view);
    if (target !== this.#camera) {
      this.#glideTo(target);
    }
  }

  #isInView({ box }: NodeFigure): boolean {
    return this.#camera !== null && showing(this.#camera, box, this.#view) === this.#camera;
  }

  #figure(key: string | null): NodeFigure | undefined {
    return this.#scene === null || key === null ? undefined : nodesOf(this.#scene).find((each) => each.key === key);
  }

  #activate(figure: NodeFigure | null): void {
    this.#left = false;
    this.#active = figure?.key ?? null;
    if (figure === null) {
      this.element.removeAttribute("aria-activedescendant");
    } else {
      this.element.setAttribute("aria-activedescendant", elementId(figure.key));
    }
    this.listener.pointed(figure?.item ?? null);
    this.#schedule();
  }

  #at(point: Point): { readonly figure: NodeFigure | undefined; readonly onFold: boolean } {
    if (this.#scene === null || this.#camera === null) {
      return { figure: undefined, onFold: false };
    }
    const { x, y } = toDrawing(this.#camera, point);
    const figure = nodeAt(this.#scene, { x, y });
    const onFold =
      figure !== undefined &&
      canOpen(figure.item) &&
      x <= figure.box.x + CARD.left + CARD.chevron &&
      y <= figure.box.y + CARD.titleLine;
    return { figure, onFold };
  }

  /** The pointer rests at a point, or left. */
  #rest(point: Point | null): void {
    const { figure, onFold } = point === null ? { figure: undefined, onFold: false } : this.#at(point);
    const shown = figure ?? this.#figure(this.#active);
    this.element.classList.toggle("over-node", figure !== undefined);
    this.element.classList.toggle("over-fold", onFold);
    this.listener.pointed(shown?.item ?? null);
  }

  #click(point: Point): void {
    const { figure, onFold } = this.#at(point);
    this.#activate(figure ?? null);
    if (figure === undefined) {
      return;
    }
    if (onFold) {
      this.listener.toggle(figure.item);
    } else {
      this.listener.reveal(figure.item, false);
    }
  }

  #twice(point: Point): void {
    const { figure, onFold } = this.#at(point);
    if (figure === undefined || onFold) {
      return;
    }
    if (canOpen(figure.item)) {
      this.listener.toggle(figure.item);
    } else {
      this.listener.reveal(figure.item, true);
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || this.#scene === null) {
      return;
    }
    const active = this.#figure(this.#active);
    if (this.#walk(event, this.#scene, active) || this.#act(event, active)) {
      event.preventDefault();
    }
  }

  /** Keys that lead to another node. */
  #walk(event: KeyboardEvent, scene: Scene, active: NodeFigure | undefined): boolean {
    const order = readingOrder(scene);
    const position = active === undefined ? -1 : order.findIndex(({ key }) => key === active.key);
    let next: NodeFigure | undefined;
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) {
      next = active === undefined ? order[0] : neighbour(scene, active, arrow);
    } else if (event.key === "Tab") {
      // Beyond the last node, and after Escape, Tab leaves the diagram.
      if (this.#left) {
        return false;
      }
      next = event.shiftKey ? order[position - 1] : order[position + 1];
      if (next === undefined) {
        return false;
      }
    } else if (event.key === "Home") {
      next = order[0];
    } else if (event.key === "End") {
      next = order.at(-1);
    } else {
      return false;
    }
    if (next !== undefined) {
      this.#activate(next);
      this.#show(next);
    }
    return true;
  }

  /** Keys that do something with the node they are at, or with the view. */
  #act(event: KeyboardEvent, active: NodeFigure | undefined): boolean {
    switch (event.key) {
      case "Enter":
        if (active !== undefined) {
          this.listener.reveal(active.item, true);
        }
        return active !== undefined;
      case " ":
        if (active !== undefined && canOpen(active.item)) {
          this.listener.toggle(active.item);
        }
        return true;
      case "Escape":
        this.#activate(null);
        this.#left = true;
        return true;
      case "PageUp":
      case "PageDown":
        if (this.#camera !== null) {
          const way = event.key === "PageUp" ? 0.85 : -0.85;
          this.#glideTo(panned(this.#camera, 0, way * this.#view.height));
        }
        return true;
      default:
        return false;
    }
  }
}
