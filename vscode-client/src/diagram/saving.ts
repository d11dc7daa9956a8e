/** The export of a diagram to a file that the person chooses. */

import * as vscode from "vscode";

import { errorText } from "../errors";
import type { FromPage } from "./messages";

type SaveMessage = Extract<FromPage, { type: "save" }>;

/** Asks where to, writes the file and offers to open it. */
export async function save(message: SaveMessage, document: vscode.Uri): Promise<void> {
  const { format, name } = message;
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(document, "..", fileName(name, format)),
    filters: format === "svg" ? { "SVG image": ["svg"] } : { "PNG image": ["png"] },
    saveLabel: "Export",
  });
  if (target === undefined) {
    return;
  }
  const bytes = message.format === "svg" ? new TextEncoder().encode(message.data) : new Uint8Array(message.data);
  try {
    await vscode.workspace.fs.writeFile(target, bytes);
  } catch (error) {
    void vscode.window.showErrorMessage(`The diagram could not be written: ${errorText(error)}`);
    return;
  }
  const open = "Open";
  if ((await vscode.window.showInformationMessage(`The diagram was written to ${target.fsPath}.`, open)) === open) {
    await vscode.commands.executeCommand("vscode.open", target);
  }
}

/** A name for the file that every system takes. */
export function fileName(name: string, format: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^[._]+|[._]+$/gu, "");
  return `${safe === "" ? "model" : safe}.${format}`;
}
