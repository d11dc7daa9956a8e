/** The selection in the extension "Python". */

import * as vscode from "vscode";

import { isObject } from "../settings";
import { within } from "../timing";
import { meant, type PythonProvider } from "./provider";

export const PYTHON_EXTENSION = "ms-python.python";

const PATIENCE_MS = 5000;

/** The part of `environments` of its interface that is used here, as its package of types declares it. */
export interface EnvironmentsOfPython {
  getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
  resolveEnvironment?(environment: unknown): Promise<Resolved | undefined>;
  readonly onDidChangeActiveEnvironmentPath?: vscode.Event<unknown>;
}

interface Resolved {
  readonly executable?: { readonly uri?: vscode.Uri };
}

/** The provider, or undefined where the extension is absent, or too old to have the interface. */
export async function pythonExtension(): Promise<PythonProvider | undefined> {
  const extension = vscode.extensions.getExtension<unknown>(PYTHON_EXTENSION);
  if (extension === undefined) {
    return undefined;
  }
  const api = extension.isActive ? extension.exports : await within(extension.activate(), PATIENCE_MS);
  const environments = isObject(api) ? api["environments"] : undefined;
  return isEnvironments(environments) ? new PythonExtensionProvider(environments) : undefined;
}

function isEnvironments(value: unknown): value is EnvironmentsOfPython {
  return isObject(value) && typeof value["getActiveEnvironmentPath"] === "function";
}

class PythonExtensionProvider implements PythonProvider {
  readonly name = PYTHON_EXTENSION;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable | undefined;
  readonly onDidChange = this.#changed.event;

  constructor(private readonly environments: EnvironmentsOfPython) {
    this.#subscription = environments.onDidChangeActiveEnvironmentPath?.(() => {
      this.#changed.fire();
    });
  }

  async selected(folder: vscode.Uri | undefined): Promise<string | undefined> {
    const active = this.environments.getActiveEnvironmentPath(folder);
    const selected = meant(active.path);
    if (selected === undefined || this.environments.resolveEnvironment === undefined) {
      return selected;
    }
    // The path may be the folder of an environment; resolved, it names the interpreter in there.
    const resolved = await within(this.environments.resolveEnvironment(active), PATIENCE_MS);
    return meant(resolved?.executable?.uri?.fsPath) ?? selected;
  }

  async select(): Promise<void> {
    await vscode.commands.executeCommand("python.setInterpreter");
  }

  dispose(): void {
    this.#subscription?.dispose();
    this.#changed.dispose();
  }
}
