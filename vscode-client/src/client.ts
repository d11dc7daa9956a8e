/** The language client: which documents it is for, and what it does when the connection ends. */

import type { ChildProcess } from "node:child_process";

import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  type DocumentSelector,
  type ErrorHandler,
  type LanguageClientOptions,
} from "vscode-languageclient/node";
import type * as vscode from "vscode";

import { OwnCommandsFeature, StatusFeature } from "./features";
import { middleware, type MiddlewareHost } from "./middleware";

/** Python in files, in texts that were never saved, and in cells of notebooks. */
export const SELECTOR: DocumentSelector = [
  { scheme: "file", language: "python" },
  { scheme: "untitled", language: "python" },
  { scheme: "vscode-notebook-cell", language: "python" },
];

const MOST_ENDS = 4;
const WITHIN_MS = 3 * 60_000;

/** Starts a server that ended anew, unless it ends again and again or never came up. */
export class Restarting implements ErrorHandler {
  readonly #ends: number[] = [];
  #cameUp = false;

  constructor(
    private readonly gaveUp: () => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** The server answers. */
  cameUp(): void {
    this.#cameUp = true;
  }

  error(_error: Error, _message: unknown, count: number | undefined): { action: ErrorAction; handled: boolean } {
    return { action: (count ?? 0) <= MOST_ENDS ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true };
  }

  closed(): { action: CloseAction; handled: boolean } {
    const now = this.now();
    this.#ends.push(now);
    const recent = this.#ends.filter((time) => now - time <= WITHIN_MS);
    const again = this.#cameUp && recent.length <= MOST_ENDS;
    this.#cameUp = false;
    if (!again) {
      this.gaveUp();
    }
    return { action: again ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
  }
}

export function createClient(
  start: () => Promise<ChildProcess>,
  channel: vscode.OutputChannel,
  trusted: boolean,
  errorHandler: ErrorHandler,
  host: MiddlewareHost,
): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: SELECTOR,
    outputChannel: channel,
    // Whoever wants the log opens it; a problem has a message of its own.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    // All other settings are asked for; trust must be known before the first document is.
    initializationOptions: { trusted },
    initializationFailedHandler: () => false,
    errorHandler,
    middleware: middleware(host),
    markdown: { isTrusted: false, supportHtml: false },
  };
  const client = new LanguageClient("shapelens", "ShapeLens", start, options);
  client.registerFeature(new OwnCommandsFeature());
  client.registerFeature(new StatusFeature());
  return client;
}
