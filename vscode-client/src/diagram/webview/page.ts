/** The page of the diagram: its parts, what it shows, and what it tells the extension. */

import { type Plan, planOf } from "../drawing/plan";
import { type Scene, sceneOf } from "../drawing/scene";
import { alike, choicesOf, type Choice, firstChoice } from "../graph/choosing";
import { allKeys, shownGraph, shownItem, toggled } from "../graph/folding";
import { type Item, itemsAt, type Outline } from "../graph/outline";
import type { Layout } from "../layout/graph";
import type { FromPage, ToPage } from "../messages";
import { nextSorting, rowsOf, totalsOf } from "../table/rows";
import { Canvas } from "./canvas";
import { exportPng, exportSvg } from "./exporting";
import { Frame } from "./frame";
import { LayoutClient } from "./layoutClient";
import { measuring } from "./palette";
import { type KeptState, restored, type Tab, viewOf, withView } from "./state";
import { TableView } from "./tableView";

interface Workbench {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: KeptState): void;
}

declare function acquireVsCodeApi(): Workbench;

/** What was asked of the layout, to make the scene of its answer. */
interface Asked {
  readonly plan: Plan;
  readonly choice: Choice;
  readonly anchor: string | null;
}

class Page {
  readonly #workbench = acquireVsCodeApi();
  readonly #measure = measuring();
  readonly #layouts: LayoutClient;
  readonly #canvas: Canvas;
  readonly #table: TableView;
  readonly #frame: Frame;
  #state: KeptState;
  #choices: readonly Choice[] = [];
  #choice: Choice | undefined;
  #outline: Outline | undefined;
  #open: ReadonlySet<string> = new Set();
  #cursor: Extract<ToPage, { type: "cursor" }> | undefined;
  #asked: Asked | undefined;
  #scene: Scene | undefined;
  /** The model that the canvas shows; its scene comes later than the choice. */
  #drawn = "";
  #planning: ReturnType<typeof setTimeout> | undefined;
  #saving: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement) {
    this.#state = restored(this.#workbench.getState());
    const reveal = (item: Item, focus: boolean): void => {
      this.#reveal(item, focus);
    };
    this.#canvas = new Canvas({
      reveal,
      toggle: ({ key }) => {
        this.#unfold(toggled(this.#open, key), key);
      },
      pointed: (item) => {
        this.#frame.describe(item);
      },
      moved: (camera) => {
        this.#frame.zoomed(camera.scale);
        if (this.#choice !== undefined && this.#drawn === this.#choice.key) {
          this.#keep(withView(this.#state, this.#drawn, { open: [...this.#open], camera }));
        }
      },
    });
    this.#table = new TableView({
      reveal,
      sort: (column) => {
        this.#keep({ ...this.#state, sorting: nextSorting(this.#state.sorting, column) });
        this.#showTable();
      },
    });
    this.#frame = new Frame(host, this.#canvas, this.#table.element, {
      choose: (key) => {
        this.#choose(this.#choices.find((choice) => choice.key === key));
      },
      tab: (tab) => {
        this.#showTab(tab);
      },
      batch: (batch) => {
        this.#keep({ ...this.#state, batch });
        this.#showTable();
      },
      unfold: (all) => {
        this.#unfold(new Set(all && this.#outline !== undefined ? allKeys(this.#outline) : []), null);
      },
      save: (format) => {
        void this.#save(format);
      },
    });
    this.#layouts = new LayoutClient(
      host.dataset["worker"] ?? "",
      (layout) => {
        this.#take(layout);
      },
      (problem) => {
        this.#frame.say(`The diagram could not be laid out: ${problem}`);
      },
    );
    this.#frame.showTab(this.#state.tab);
    this.#frame.showBatch(this.#state.batch);
    window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
      this.#receive(data);
    });
    this.#workbench.postMessage({ type: "ready" });
  }

  #receive(message: ToPage): void {
    if (message.type === "cursor") {
      this.#cursor = message;
      this.#light();
      return;
    }
    if (message.uri !== this.#state.uri) {
      this.#keep({ ...this.#state, uri: message.uri });
    }
    this.#choices = message.result === null ? [] : choicesOf(message.result);
    const position = this.#cursor?.uri === message.uri ? this.#cursor.position : null;
    this.#frame.offer(this.#choices);
    if (message.result === null) {
      this.#frame.say("This file has not been evaluated yet. Its models are drawn as soon as it is.");
    } else if (this.#choices.length === 0) {
      this.#frame.say("This file makes no model. One that is built with Keras is drawn here.");
    }
    // The one that was asked for comes back when it can be built again.
    const next = this.#named(this.#state.model) ?? this.#named(this.#choice?.key ?? null);
    this.#show(next ?? firstChoice(this.#choices, message.uri, position), true);
  }

  #named(key: string | null): Choice | undefined {
    return this.#choices.find((choice) => choice.key === key);
  }

  #choose(choice: Choice | undefined): void {
    this.#keep({ ...this.#state, model: choice?.key ?? null });
    this.#show(choice, false);
  }

  /** Shows a model; one that follows from an edit takes over the view of a model like it. */
  #show(choice: Choice | undefined, follows: boolean): void {
    const before = this.#choice;
    if (choice === undefined) {
      this.#choice = undefined;
      this.#outline = undefined;
      return;
    }
    if (this.#state.model === null) {
      this.#keep({ ...this.#state, model: choice.key });
    }
    const isOther = before !== undefined && before.key !== choice.key && this.#drawn === before.key;
    if (follows && isOther && alike(before.outline, choice.outline)) {
      this.#keep(withView(this.#state, choice.key, viewOf(this.#state, before.key)));
      this.#drawn = choice.key;
    }
    this.#choice = choice;
    this.#outline = choice.outline;
    this.#open = new Set(viewOf(this.#state, choice.key).open);
    this.#frame.choose(choice, allKeys(this.#outline).length > 0);
    this.#showTable();
    this.#ask(null);
  }

  #unfold(open: ReadonlySet<string>, anchor: string | null): void {
    this.#open = open;
    if (this.#choice !== undefined) {
      const { camera } = viewOf(this.#state, this.#choice.key);
      this.#keep(withView(this.#state, this.#choice.key, { open: [...open], camera }));
    }
    this.#ask(anchor);
  }

  /** In a task of its own: together with the reading of a large graph it would hold up the page. */
  #ask(anchor: string | null): void {
    clearTimeout(this.#planning);
    this.#planning = setTimeout(() => {
      if (this.#outline !== undefined && this.#choice !== undefined) {
        const plan = planOf(shownGraph(this.#outline, this.#open), this.#measure);
        this.#asked = { plan, choice: this.#choice, anchor };
        this.#frame.busy(true);
        this.#layouts.ask(plan.graph);
      }
    });
  }

  #take(layout: Layout): void {
    const asked = this.#asked;
    this.#frame.busy(false);
    if (asked === undefined) {
      return;
    }
    const scene = sceneOf(asked.plan, layout, this.#measure);
    this.#scene = scene;
    this.#frame.drawn();
    const { choice } = asked;
    if (this.#drawn === choice.key) {
      this.#canvas.change(scene, asked.anchor);
    } else {
      this.#drawn = choice.key;
      this.#canvas.open(choice.label, scene, viewOf(this.#state, choice.key).camera);
    }
    this.#light();
  }

  #light(): void {
    if (this.#cursor === undefined || this.#outline === undefined) {
      return;
    }
    const items = itemsAt(this.#outline, this.#cursor.uri, this.#cursor.position);
    this.#canvas.light(items.map((item) => shownItem(item, this.#open).key));
    this.#table.light(items.map(({ key }) => key));
  }

  #showTab(tab: Tab): void {
    this.#keep({ ...this.#state, tab });
    this.#frame.showTab(tab);
    this.#showTable();
  }

  #showTable(): void {
    if (this.#state.tab === "table" && this.#outline !== undefined && this.#choice !== undefined) {
      const { batch, sorting } = this.#state;
      this.#table.show({
        label: this.#choice.label,
        rows: rowsOf(this.#outline, batch, sorting),
        totals: totalsOf(this.#outline, batch),
        sorting,
      });
      this.#light();
    }
  }

  #reveal({ node }: Item, focus: boolean): void {
    if (node.range !== null) {
      this.#workbench.postMessage({ type: "reveal", uri: node.uri, range: node.range, focus });
    }
  }

  async #save(format: "svg" | "png"): Promise<void> {
    if (this.#scene === undefined || this.#choice === undefined) {
      return;
    }
    const { name } = this.#choice.model;
    try {
      if (format === "svg") {
        this.#workbench.postMessage({ type: "save", format, name, data: exportSvg(this.#scene, name) });
      } else {
        this.#workbench.postMessage({ type: "save", format, name, data: await exportPng(this.#scene, name) });
      }
    } catch (error) {
      this.#frame.warn(error instanceof Error ? error.message : String(error));
    }
  }

  /** The state is written once the person pauses: a drag changes it with every frame. */
  #keep(state: KeptState): void {
    this.#state = state;
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => {
      this.#workbench.setState(this.#state);
    }, 200);
  }
}

const host = document.getElementById("page");
if (host !== null) {
  new Page(host);
}
