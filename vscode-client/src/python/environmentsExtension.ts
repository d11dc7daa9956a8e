/** The selection in the extension "Python Environments". */

import * as vscode from "vscode";

import { isObject } from "../settings";
import { within } from "../timing";
import { meant, type PythonProvider } from "./provider";

export const ENVIRONMENTS_EXTENSION = "ms-python.vscode-python-envs";

const PATIENCE_MS = 5000;

/** The part of its interface that is used here, as its package of types declares it. */
export interface EnvironmentsApi {
  getEnvironment(scope: vscode.Uri | undefined): Promise<Environment | undefined>;
  readonly onDidChangeEnvironment?: vscode.Event<unknown>;
}

interface Environment {
  readonly environmentPath?: vscode.Uri;
  readonly execInfo?: { readonly run?: Run };
}

interface Run {
  readonly executable?: string;
  readonly args?: readonly string[];
}

/** The provider, or undefined where the extension is absent, or present without its interface. */
export async function environmentsExtension(): Promise<PythonProvider | undefined> {
  const extension = vscode.extensions.getExtension<unknown>(ENVIRONMENTS_EXTENSION);
  if (extension === undefined) {
    return undefined;
  }
  const api = extension.isActive ? extension.exports : await within(extension.activate(), PATIENCE_MS);
  // Switched off by the setting of the Python extension, it is installed and exports nothing.
  return isApi(api) ? new EnvironmentsProvider(api) : undefined;
}

function isApi(api: unknown): api is EnvironmentsApi {
  return isObject(api) && typeof api["getEnvironment"] === "function";
}

/** The interpreter that an environment is run by, without its activation. */
export function interpreterOf(environment: Environment | undefined): string | undefined {
  const run = environment?.execInfo?.run;
  const plain = run?.args === undefined || run.args.length === 0 ? meant(run?.executable) : undefined;
  return plain ?? meant(environment?.environmentPath?.fsPath);
}

class EnvironmentsProvider implements PythonProvider {
  readonly name = ENVIRONMENTS_EXTENSION;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable | undefined;
  readonly onDidChange = this.#changed.event;

  constructor(private readonly api: EnvironmentsApi) {
    this.#subscription = api.onDidChangeEnvironment?.(() => {
      this.#changed.fire();
    });
  }

  async selected(folder: vscode.Uri | undefined): Promise<string | undefined> {
    return interpreterOf(await within(this.api.getEnvironment(folder), PATIENCE_MS));
  }

  async select(): Promise<void> {
    // The command that all versions have; with this extension in charge the Python extension forwards to it.
    await vscode.commands.executeCommand("python.setInterpreter");
  }

  dispose(): void {
    this.#subscription?.dispose();
    this.#changed.dispose();
  }
}
