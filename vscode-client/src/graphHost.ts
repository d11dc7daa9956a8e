/** The models of documents, for those who draw them. */

import * as vscode from "vscode";

import type { Lifecycle } from "./lifecycle";
import { MODEL_GRAPH, type DiagramHost, type ModelGraphParams, type ModelGraphResult } from "./protocol";

export class GraphHost implements DiagramHost, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChangeGraph = this.#changed.event;

  constructor(private readonly lifecycle: Pick<Lifecycle, "client">) {}

  async graph(uri: vscode.Uri): Promise<ModelGraphResult | null> {
    const params: ModelGraphParams = { textDocument: { uri: uri.toString() } };
    return (await this.lifecycle.client?.sendRequest<ModelGraphResult | null>(MODEL_GRAPH, params)) ?? null;
  }

  changed(uri: vscode.Uri): void {
    this.#changed.fire(uri);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
