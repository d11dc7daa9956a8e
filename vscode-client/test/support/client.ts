import { State } from "vscode-languageclient/node";

import { EventEmitter } from "./vscode";

/** Stands in for the library's client: it starts and stops at once, and keeps what it is sent. */
export class FakeClient {
  readonly #changed = new EventEmitter<{ newState: State }>();
  readonly onDidChangeState = this.#changed.event;
  readonly notified: unknown[] = [];
  readonly requests: unknown[] = [];
  readonly handlers = new Map<string, (params: never) => void>();
  state: State = State.Stopped;
  /** What `start` fails with. */
  failure: Error | undefined;
  answer: unknown = undefined;

  constructor(private readonly spawn: () => Promise<unknown> = () => Promise.resolve()) {}

  async start(): Promise<void> {
    this.enter(State.Starting);
    await this.spawn();
    if (this.failure !== undefined) throw this.failure;
    this.enter(State.Running);
  }

  dispose(): Promise<void> {
    this.enter(State.Stopped);
    return Promise.resolve();
  }

  enter(state: State): void {
    this.state = state;
    this.#changed.fire({ newState: state });
  }

  onNotification(method: string, handler: (params: never) => void): void {
    this.handlers.set(method, handler);
  }

  sendNotification(_type: unknown, params: unknown): Promise<void> {
    this.notified.push(params);
    return Promise.resolve();
  }

  sendRequest(_type: unknown, params: unknown): Promise<unknown> {
    this.requests.push(params);
    return Promise.resolve(this.answer);
  }
}
