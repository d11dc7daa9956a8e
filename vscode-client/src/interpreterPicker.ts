/** Letting the user choose an interpreter, with the Python extension where there is one. */

import * as path from "node:path";

import * as vscode from "vscode";

import type { PythonSelection } from "./python/selection";
import { isFile } from "./files";
import { SECTION, textSetting } from "./settings";

export type InterpreterSetting = "interpreter" | "serverInterpreter";

interface Choice extends vscode.QuickPickItem {
  readonly act: () => Promise<void>;
}

/** Choose the interpreter of programs, or that of the server. */
export async function pickInterpreter(
  selection: PythonSelection,
  setting: InterpreterSetting,
  scope: vscode.Uri | undefined,
): Promise<void> {
  const current = textSetting(setting, scope);
  const canSelect = await selection.canSelect();
  if (canSelect && current === "" && setting === "interpreter") {
    await selection.select();
    return;
  }
  const choices: Choice[] = [];
  if (canSelect) {
    choices.push({
      label: "$(list-selection) Select with the Python extension",
      description: current === "" ? "" : `instead of the setting ${SECTION}.${setting}`,
      act: async () => {
        await store(setting, undefined, scope);
        await selection.select();
      },
    });
  } else if (current !== "") {
    choices.push({
      label: "$(search) Find one",
      description: "clears the setting",
      act: () => store(setting, undefined, scope),
    });
  }
  for (const found of await environmentsOf(scope)) {
    choices.push({
      label: vscode.workspace.asRelativePath(found),
      description: found,
      act: () => store(setting, found, scope),
    });
  }
  choices.push({ label: "$(folder-opened) Browse...", act: () => browse(setting, scope) });
  const picked = await vscode.window.showQuickPick(choices, {
    title: setting === "interpreter" ? "Interpreter of your programs" : "Interpreter of the ShapeLens server",
    placeHolder: current === "" ? "found by ShapeLens" : current,
    matchOnDescription: true,
  });
  await picked?.act();
}

/** The interpreter of an environment in a folder, by where its file `pyvenv.cfg` lies. */
export function interpreterBeside(marker: string, platform: NodeJS.Platform): string {
  const dialect = platform === "win32" ? path.win32 : path.posix;
  const inside = platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  return dialect.join(dialect.dirname(marker), ...inside);
}

async function environmentsOf(scope: vscode.Uri | undefined): Promise<string[]> {
  const folder = folderOf(scope);
  if (folder === undefined) {
    return [];
  }
  const markers = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, "*/pyvenv.cfg"), null, 20);
  return markers
    .map((marker) => interpreterBeside(marker.fsPath, process.platform))
    .filter(isFile)
    .sort();
}

async function browse(setting: InterpreterSetting, scope: vscode.Uri | undefined): Promise<void> {
  const folder = folderOf(scope);
  const picked = await vscode.window.showOpenDialog({
    title: "Select a Python interpreter",
    openLabel: "Select",
    canSelectMany: false,
    ...(folder === undefined ? {} : { defaultUri: folder.uri }),
    ...(process.platform === "win32" ? { filters: { Python: ["exe"] } } : {}),
  });
  const file = picked?.[0]?.fsPath;
  if (file !== undefined) {
    await store(setting, file, scope);
  }
}

async function store(
  setting: InterpreterSetting,
  value: string | undefined,
  scope: vscode.Uri | undefined,
): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION, scope);
  if (value !== undefined) {
    await configuration.update(setting, value, targetOf(setting));
    return;
  }
  // Wherever it was set: a value that is left over in another place would go on being in force.
  const set = configuration.inspect(setting);
  const { ConfigurationTarget: Target } = vscode;
  const places = [
    [set?.workspaceFolderValue, Target.WorkspaceFolder],
    [set?.workspaceValue, Target.Workspace],
    [set?.globalValue, Target.Global],
  ] as const;
  for (const [present, target] of places) {
    if (present !== undefined) {
      await configuration.update(setting, undefined, target);
    }
  }
}

function targetOf(setting: InterpreterSetting): vscode.ConfigurationTarget {
  const folders = vscode.workspace.workspaceFolders?.length ?? 0;
  if (folders === 0 || setting === "serverInterpreter") {
    return vscode.ConfigurationTarget.Global;
  }
  return folders > 1 ? vscode.ConfigurationTarget.WorkspaceFolder : vscode.ConfigurationTarget.Workspace;
}

function folderOf(scope: vscode.Uri | undefined): vscode.WorkspaceFolder | undefined {
  const folders = vscode.workspace.workspaceFolders;
  return (scope && vscode.workspace.getWorkspaceFolder(scope)) ?? folders?.[0];
}
