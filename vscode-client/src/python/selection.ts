/** The interpreter that is selected in the editor, for each workspace folder. */

import * as vscode from "vscode";

import type { Log } from "../log";
import { Debounced } from "../timing";
import type { PythonProvider } from "./provider";

/** Yields a provider where its extension is there. */
export type FindProvider = () => Promise<PythonProvider | undefined>;

/** The extensions announce a change many times over, and often where nothing changed. */
const SETTLE_MS = 300;

/** Asks the first extension that is there, and says when what it answers has really changed. */
export class PythonSelection implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #settled: Debounced;
  readonly #subscriptions: vscode.Disposable[] = [];
  #provider: PythonProvider | undefined;
  #listening: vscode.Disposable | undefined;
  #finding: Promise<void> | undefined;
  #searched = false;
  /** What was answered last, by folder. */
  readonly #told = new Map<string, string | undefined>();

  constructor(
    private readonly find: readonly FindProvider[],
    private readonly log: Log,
    settleMs = SETTLE_MS,
  ) {
    this.#settled = new Debounced(() => void this.#compare(), settleMs);
    this.#subscriptions.push(
      vscode.extensions.onDidChange(() => {
        // One may have been installed or enabled meanwhile.
        this.#finding = undefined;
        this.#settled.ask();
      }),
    );
  }

  /** The selected interpreter of a folder, or undefined where nothing is selected. */
  async of(folder: vscode.Uri | undefined): Promise<string | undefined> {
    const selected = await this.#ask(folder);
    this.#told.set(keyOf(folder), selected);
    return selected;
  }

  /** Whether there is an extension to select an interpreter with. */
  async canSelect(): Promise<boolean> {
    await this.#found();
    return this.#provider !== undefined;
  }

  async select(): Promise<void> {
    await this.#found();
    await this.#provider?.select();
  }

  dispose(): void {
    this.#settled.dispose();
    this.#listening?.dispose();
    this.#provider?.dispose();
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#changed.dispose();
  }

  async #ask(folder: vscode.Uri | undefined): Promise<string | undefined> {
    await this.#found();
    try {
      return await this.#provider?.selected(folder);
    } catch (error) {
      this.log.info(`${this.#provider?.name ?? ""} could not say which interpreter is selected: ${String(error)}`);
      return undefined;
    }
  }

  async #found(): Promise<void> {
    this.#finding ??= this.#search();
    await this.#finding;
  }

  async #search(): Promise<void> {
    let found: PythonProvider | undefined;
    for (const find of this.find) {
      found = await find();
      if (found !== undefined) {
        break;
      }
    }
    const before = this.#provider?.name;
    this.#listening?.dispose();
    this.#provider?.dispose();
    this.#provider = found;
    this.#listening = found?.onDidChange(() => {
      this.#settled.ask();
    });
    if (!this.#searched || found?.name !== before) {
      this.#searched = true;
      const where =
        found === undefined ? "no extension selects interpreters" : `interpreters are selected in ${found.name}`;
      this.log.info(where);
    }
  }

  async #compare(): Promise<void> {
    let changed = false;
    for (const [key, before] of [...this.#told]) {
      const now = await this.#ask(key === "" ? undefined : vscode.Uri.parse(key));
      if (now !== before) {
        this.#told.set(key, now);
        this.log.info(`selected interpreter of ${key || "files outside of every folder"}: ${now ?? "none"}`);
        changed = true;
      }
    }
    if (changed) {
      this.#changed.fire();
    }
  }
}

function keyOf(folder: vscode.Uri | undefined): string {
  return folder?.toString() ?? "";
}
