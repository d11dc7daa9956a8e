/** The items of the language status that is shown for Python files. */

import * as vscode from "vscode";

import type { Lifecycle } from "./lifecycle";
import type { RootStatus, StatusParams } from "./protocol";
import { Debounced } from "./timing";
import { environmentItem, rootOf, sandboxItem, stateItem, type Item, type Severity } from "./statusText";

const SELECTOR: vscode.DocumentSelector = { language: "python" };

/** Most evaluations are over sooner; a sign that comes and goes at each keystroke would only distract. */
const BUSY_AFTER_MS = 500;

const SEVERITIES: Readonly<Record<Severity, vscode.LanguageStatusSeverity>> = {
  information: vscode.LanguageStatusSeverity.Information,
  warning: vscode.LanguageStatusSeverity.Warning,
  error: vscode.LanguageStatusSeverity.Error,
};

export class Status implements vscode.Disposable {
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly #items = new Map<string, vscode.LanguageStatusItem>();
  readonly #contexts = new Map<string, boolean>();
  #roots: readonly RootStatus[] = [];
  #showsBusy = false;

  readonly #longBusy: Debounced;

  constructor(
    private readonly lifecycle: Pick<Lifecycle, "state" | "onDidChangeState">,
    busyAfterMs = BUSY_AFTER_MS,
  ) {
    this.#longBusy = new Debounced(() => {
      this.#showsBusy = true;
      this.#show();
    }, busyAfterMs);
    this.#subscriptions.push(
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.#show();
      }),
      lifecycle.onDidChangeState((state) => {
        if (state.kind !== "running") {
          this.#roots = [];
        }
        this.#show();
      }),
    );
    this.#show();
  }

  /** What the server said last of its roots. */
  get roots(): readonly RootStatus[] {
    return this.#roots;
  }

  /** The root of the file that is shown. */
  get current(): RootStatus | undefined {
    return rootOf(
      this.#roots,
      vscode.window.activeTextEditor?.document.uri.with({ scheme: "file", fragment: "" }).toString(),
    );
  }

  take(params: StatusParams): void {
    const wasBusy = this.#isBusy;
    this.#roots = params.roots;
    if (!this.#isBusy) {
      this.#longBusy.dispose();
      this.#showsBusy = false;
    } else if (!wasBusy) {
      this.#longBusy.ask();
    }
    this.#show();
  }

  dispose(): void {
    this.#longBusy.dispose();
    for (const each of [...this.#subscriptions, ...this.#items.values()]) {
      each.dispose();
    }
  }

  get #isBusy(): boolean {
    return this.#roots.some((root) => root.state === "busy");
  }

  #show(): void {
    const known = this.current;
    const root: RootStatus | undefined =
      known?.state === "busy" && !this.#showsBusy ? { ...known, state: "warm" } : known;
    this.#put("shapelens.state", "ShapeLens", stateItem(this.lifecycle.state, root));
    this.#put("shapelens.environment", "ShapeLens: environment", environmentItem(root));
    this.#put("shapelens.sandbox", "ShapeLens: sandbox", sandboxItem(root));
    this.#setContext(
      "shapelens.paused",
      this.#roots.some((each) => each.state === "paused"),
    );
    // For the walkthrough: the environment is chosen once it has evaluated something.
    this.#setContext(
      "shapelens.ready",
      this.#roots.some((each) => each.state === "warm" || each.state === "busy"),
    );
  }

  #setContext(key: string, value: boolean): void {
    if (this.#contexts.get(key) !== value) {
      this.#contexts.set(key, value);
      void vscode.commands.executeCommand("setContext", key, value);
    }
  }

  #put(id: string, name: string, wanted: Item | undefined): void {
    let shown = this.#items.get(id);
    if (wanted === undefined) {
      shown?.dispose();
      this.#items.delete(id);
      return;
    }
    if (shown === undefined) {
      shown = vscode.languages.createLanguageStatusItem(id, SELECTOR);
      shown.name = name;
      this.#items.set(id, shown);
    }
    shown.text = wanted.text;
    shown.detail = wanted.detail;
    shown.severity = SEVERITIES[wanted.severity];
    shown.busy = wanted.busy;
    shown.command = wanted.command;
    shown.accessibilityInformation = { label: joinedLabel(name, wanted) };
  }
}

function joinedLabel(name: string, { text, detail }: Item): string {
  const said = detail === "" ? text : `${text}, ${detail}`;
  return said.startsWith(name) ? said : `${name}: ${said}`;
}
