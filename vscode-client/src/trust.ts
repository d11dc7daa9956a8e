/** Workspace Trust: nothing of a workspace is run before its user trusts it. */

import * as vscode from "vscode";

export function isTrusted(): boolean {
  return vscode.workspace.isTrusted;
}

/** Call the action once the workspace becomes trusted; trust is never taken back while a window is open. */
export function onTrusted(action: () => void): vscode.Disposable {
  return vscode.workspace.onDidGrantWorkspaceTrust(action);
}
