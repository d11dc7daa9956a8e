/** The server from the user's view: it runs, it is being started, or there is a reason why it does not. */

import type { ChildProcess } from "node:child_process";

import * as vscode from "vscode";
import {
  DidChangeConfigurationNotification,
  ExecuteCommandRequest,
  State,
  type LanguageClient,
} from "vscode-languageclient/node";

import { createClient, Restarting } from "./client";
import { errorText } from "./errors";
import type { ChannelLog } from "./log";
import { isServerPython, type NoServerPython, type ServerPython } from "./python/serverPython";
import type { PythonSelection } from "./python/selection";
import { launchOf, start } from "./server";
import { SECTION } from "./settings";
import { within } from "./timing";
import { isTrusted } from "./trust";

export type ServerState =
  | { readonly kind: "starting" }
  | { readonly kind: "running" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "no-python"; readonly why: NoServerPython };

/** Registers what is wanted of each client before it starts. */
export type OnClient = (client: LanguageClient) => void;

const GRACE_MS = 3000;

export class Lifecycle implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<ServerState>();
  readonly onDidChangeState = this.#changed.event;
  #state: ServerState = { kind: "stopped" };
  #client: LanguageClient | undefined;
  #python: ServerPython | undefined;
  #process: ChildProcess | undefined;
  /** Starts and stops wait for each other, in the order in which they were asked for. */
  #queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly extensionPath: string,
    private readonly log: ChannelLog,
    private readonly selection: PythonSelection,
    private readonly choose: () => Promise<ServerPython | NoServerPython>,
    private readonly onClient: OnClient,
    private readonly create: typeof createClient = createClient,
  ) {}

  get state(): ServerState {
    return this.#state;
  }

  /** The interpreter that runs the server, where one does. */
  get python(): ServerPython | undefined {
    return this.#python;
  }

  /** The client, where its server runs. */
  get client(): LanguageClient | undefined {
    return this.#client?.state === State.Running ? this.#client : undefined;
  }

  start(): Promise<void> {
    return this.#enqueue(() => this.#start());
  }

  stop(): Promise<void> {
    return this.#enqueue(() => this.#stop());
  }

  restart(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#stop();
      await this.#start();
    });
  }

  /** What a command of the server answers; undefined where no server runs. */
  async execute(command: string, ...args: unknown[]): Promise<unknown> {
    return this.client?.sendRequest(ExecuteCommandRequest.type, { command, arguments: args });
  }

  /** Have the server ask for its settings; that brings it the interpreter of each folder too. */
  async settingsChanged(): Promise<void> {
    await this.client?.sendNotification(DidChangeConfigurationNotification.type, {
      settings: { [SECTION]: { trusted: isTrusted() } },
    });
  }

  dispose(): void {
    void this.stop();
    this.#changed.dispose();
  }

  #enqueue(action: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(action).catch((error: unknown) => {
      this.log.info(errorText(error));
    });
    return this.#queue;
  }

  async #start(): Promise<void> {
    if (this.#client !== undefined) {
      return;
    }
    this.#enter({ kind: "starting" });
    const python = await this.choose();
    if (!isServerPython(python)) {
      this.log.info(`no Python to run the server: ${python.tried.join("; ") || "none found"}`);
      this.#enter({ kind: "no-python", why: python });
      return;
    }
    this.#python = python;
    this.log.info(`the server runs on ${python.path}, Python ${python.version.join(".")} (${python.source})`);
    const launch = launchOf(this.extensionPath, python.path, process.env);
    const restarting = new Restarting(() => {
      this.#fail("It ended unexpectedly.");
    });
    const client = this.create(() => this.#spawn(launch), this.log.channel, isTrusted(), restarting, {
      selected: (folder) => this.selection.of(folder),
      settingsChanged: () => this.settingsChanged(),
    });
    this.#client = client;
    client.onDidChangeState((event) => {
      if (event.newState === State.Running) {
        restarting.cameUp();
      }
      if (client === this.#client) {
        this.#follow(event.newState);
      }
    });
    this.onClient(client);
    try {
      await client.start();
    } catch (error) {
      this.#fail(errorText(error));
    }
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#python = undefined;
    // One that has not come up yet cannot be stopped in order.
    await client?.dispose(GRACE_MS).catch((error: unknown) => {
      this.log.info(`the server did not stop in order: ${errorText(error)}`);
    });
    await this.#end();
    this.#enter({ kind: "stopped" });
  }

  /** See that the process is gone; it is given a moment to stop what it started. */
  async #end(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process?.exitCode !== null || process.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.stdin?.end();
    await within(ended, GRACE_MS);
    process.kill("SIGKILL");
  }

  #follow(state: State): void {
    if (state === State.Running) {
      this.#enter({ kind: "running" });
    } else if (state === State.Starting) {
      this.#enter({ kind: "starting" });
    }
    // Stopped is told before a start anew too; what it means is known where it was brought about.
  }

  #fail(why: string): void {
    if (this.#client !== undefined) {
      this.#client = undefined;
      this.log.info(`the server does not run: ${why}`);
      this.#enter({ kind: "failed", why });
    }
  }

  #enter(state: ServerState): void {
    this.#state = state;
    this.#changed.fire(state);
  }

  async #spawn(launch: ReturnType<typeof launchOf>): Promise<ChildProcess> {
    const process = start(launch);
    this.#process = process;
    await new Promise<void>((resolve, reject) => {
      process.once("spawn", resolve);
      process.once("error", reject);
    });
    process.on("exit", (code, signal) => {
      this.log.info(`the server's process ended (${signal ?? `exit code ${String(code)}`})`);
    });
    return process;
  }
}
