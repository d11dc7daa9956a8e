/** The page's side of the layout worker. */

import type { Layout, LayoutGraph } from "../layout/graph";

export interface LayoutTask {
  readonly number: number;
  readonly graph: LayoutGraph;
}

export interface LayoutReply {
  readonly number: number;
  readonly layout: Layout | null;
  readonly problem: string;
}

/** Lays out one graph at a time; of those that wait only the latest is worth it. */
export class LayoutClient {
  #worker: Promise<Worker>;
  #number = 0;
  #busy = false;
  #waiting: LayoutGraph | undefined;

  constructor(
    address: string,
    private readonly done: (layout: Layout) => void,
    private readonly failed: (problem: string) => void,
  ) {
    this.#worker = this.#start(address);
    this.#worker.catch((error: unknown) => {
      failed(String(error));
    });
  }

  /** Asks for the layout of a graph; an earlier answer that is still to come is dropped. */
  ask(graph: LayoutGraph): void {
    this.#number += 1;
    this.#waiting = graph;
    void this.#next();
  }

  get busy(): boolean {
    return this.#busy;
  }

  async #start(address: string): Promise<Worker> {
    const response = await fetch(address);
    const source = new Blob([await response.text()], { type: "text/javascript" });
    const worker = new Worker(URL.createObjectURL(source));
    worker.addEventListener("message", ({ data }: MessageEvent<LayoutReply>) => {
      this.#receive(data);
    });
    worker.addEventListener("error", ({ message }) => {
      this.#busy = false;
      this.failed(message);
    });
    return worker;
  }

  async #next(): Promise<void> {
    if (this.#busy || this.#waiting === undefined) {
      return;
    }
    this.#busy = true;
    const worker = await this.#worker.catch(() => undefined);
    const task: LayoutTask = { number: this.#number, graph: this.#waiting };
    this.#waiting = undefined;
    worker?.postMessage(task);
  }

  #receive({ number, layout, problem }: LayoutReply): void {
    this.#busy = false;
    if (number === this.#number) {
      if (layout === null) {
        this.failed(problem);
      } else {
        this.done(layout);
      }
    }
    void this.#next();
  }
}
