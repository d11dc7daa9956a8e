/** Where the Python that a user selected in the editor is known from. */

import * as path from "node:path";

import type * as vscode from "vscode";

/** An extension that lets users select environments. */
export interface PythonProvider {
  /** For the log: which extension it is. */
  readonly name: string;
  /** The selected interpreter of a folder, an absolute path, symbolic links kept; undefined where none is selected. */
  selected(folder: vscode.Uri | undefined): Promise<string | undefined>;
  /** Something about the selection may have changed; it often has not. */
  readonly onDidChange: vscode.Event<void>;
  /** Let the user select another one. */
  select(): Promise<void>;
  dispose(): void;
}

/**
 * A path that says which interpreter is meant, else undefined.
 *
 * Before its search is through, the Python extension answers with the bare word `python`, which is no selection. The
 * path stays as it is: resolving the link of a virtual environment would leave the environment.
 */
export function meant(candidate: unknown): string | undefined {
  return typeof candidate === "string" && path.isAbsolute(candidate) ? candidate : undefined;
}
