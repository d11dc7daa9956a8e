/** Notices that a missing package may have been installed, so that nobody has to restart anything. */

import { readdirSync } from "node:fs";
import * as path from "node:path";

import * as vscode from "vscode";

import { isDirectory } from "./files";
import type { RootStatus } from "./protocol";
import { Debounced } from "./timing";

/** An installation touches many files; it is looked at once it pauses. */
const SETTLE_MS = 2000;

/** The folders that an interpreter may have packages in, by what lies in the folders of its environment. */
export function packageFolders(
  interpreter: string,
  platform: NodeJS.Platform,
  list: (folder: string) => readonly string[],
): string[] {
  const dialect = platform === "win32" ? path.win32 : path.posix;
  const folder = dialect.dirname(interpreter);
  if (platform === "win32") {
    const inScripts = dialect.basename(folder).toLowerCase() === "scripts";
    return [dialect.join(inScripts ? dialect.dirname(folder) : folder, "Lib", "site-packages")];
  }
  const libraries = dialect.join(dialect.dirname(folder), "lib");
  return list(libraries)
    .filter((name) => name.startsWith("python3."))
    .map((name) => dialect.join(libraries, name, "site-packages"));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there
  }
}

/** Has a root with a problem looked at again when packages change, a terminal's command ends or the window is entered. */
export class Recheck implements vscode.Disposable {
  readonly #settled: Debounced;
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly #watchers = new Map<string, vscode.Disposable>();

  constructor(again: () => void, settleMs = SETTLE_MS) {
    this.#settled = new Debounced(again, settleMs);
    const ask = (): void => {
      if (this.#watchers.size > 0) {
        this.#settled.ask();
      }
    };
    this.#subscriptions.push(
      vscode.window.onDidCloseTerminal(ask),
      vscode.window.onDidChangeWindowState((state) => {
        if (state.focused) {
          ask();
        }
      }),
    );
  }

  take(roots: readonly RootStatus[]): void {
    const wanted = new Set(
      roots.flatMap((root) => (root.state === "problem" && root.interpreter !== null ? [root.interpreter] : [])),
    );
    for (const [interpreter, watcher] of this.#watchers) {
      if (!wanted.has(interpreter) && !roots.some((root) => root.state === "starting")) {
        watcher.dispose();
        this.#watchers.delete(interpreter);
      }
    }
    for (const interpreter of wanted) {
      if (!this.#watchers.has(interpreter)) {
        this.#watchers.set(interpreter, this.#watch(interpreter));
      }
    }
  }

  dispose(): void {
    this.#settled.dispose();
    for (const each of [...this.#subscriptions, ...this.#watchers.values()]) {
      each.dispose();
    }
  }

  #watch(interpreter: string): vscode.Disposable {
    const ask = (): void => {
      this.#settled.ask();
    };
    const folders = packageFolders(interpreter, process.platform, entriesOf).filter(isDirectory);
    return vscode.Disposable.from(
      ...folders.map((folder) => {
        // Its own entries only: watching all that is below the folder of the system's Python would be a burden.
        const watcher = vscode.workspace.createFileSystemWatcher(
          new vscode.RelativePattern(vscode.Uri.file(folder), "*"),
        );
        watcher.onDidCreate(ask);
        watcher.onDidDelete(ask);
        watcher.onDidChange(ask);
        return watcher;
      }),
    );
  }
}
