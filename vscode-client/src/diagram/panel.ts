/** One diagram beside the editor, for one document. */

import { randomBytes } from "node:crypto";

import * as vscode from "vscode";

import type { DiagramHost, LspRange } from "../protocol";
import type { FromPage, ToPage } from "./messages";
import { pageHtml } from "./page";
import { save } from "./saving";

/** Shows the models of a document and keeps up with its evaluations and its cursor. */
export class DiagramPanel implements vscode.Disposable {
  readonly #subscriptions: vscode.Disposable[] = [];
  #ready = false;
  #asked = 0;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    readonly uri: vscode.Uri,
    private readonly extension: vscode.Uri,
    private readonly host: DiagramHost,
    private readonly closed: () => void,
  ) {
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: resourceRoots(extension) };
    this.#subscriptions.push(
      webview.onDidReceiveMessage((message: FromPage) => this.#receive(message)),
      host.onDidChangeGraph((changed) => {
        if (changed.toString() === uri.toString()) {
          void this.#sendGraph();
        }
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        this.#sendCursor(textEditor);
      }),
      panel.onDidDispose(() => {
        this.dispose();
      }),
    );
    webview.html = this.#html();
  }

  show(): void {
    this.panel.reveal(undefined, true);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions.splice(0)) {
      subscription.dispose();
    }
    this.closed();
    this.panel.dispose();
  }

  async #receive(message: FromPage): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#ready = true;
        this.#sendCursorOf(this.uri);
        await this.#sendGraph();
        break;
      case "reveal":
        await this.#reveal(vscode.Uri.parse(message.uri), rangeOf(message.range), message.focus);
        break;
      case "save":
        await save(message, this.uri);
        break;
    }
  }

  async #sendGraph(): Promise<void> {
    if (!this.#ready) {
      return;
    }
    this.#asked += 1;
    const asked = this.#asked;
    const result = await this.host.graph(this.uri);
    // An answer that a later question overtook would bring back an older drawing.
    if (asked === this.#asked) {
      await this.#send({ type: "graph", uri: this.uri.toString(), result });
    }
  }

  #sendCursorOf(uri: vscode.Uri): void {
    const editor = vscode.window.visibleTextEditors.find(({ document }) => sameUri(document.uri, uri));
    if (editor !== undefined) {
      this.#sendCursor(editor);
    }
  }

  #sendCursor({ document, selection }: vscode.TextEditor): void {
    if (!this.#ready || document.languageId !== "python") {
      return;
    }
    const { line, character } = selection.active;
    void this.#send({ type: "cursor", uri: document.uri.toString(), position: { line, character } });
  }

  async #reveal(uri: vscode.Uri, range: vscode.Range, focus: boolean): Promise<void> {
    const visible = vscode.window.visibleTextEditors.find(({ document }) => sameUri(document.uri, uri));
    const editor = await vscode.window.showTextDocument(uri, {
      viewColumn: visible?.viewColumn ?? beside(this.panel),
      preserveFocus: !focus,
      selection: range,
    });
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  async #send(message: ToPage): Promise<void> {
    await this.panel.webview.postMessage(message);
  }

  #html(): string {
    const { webview } = this.panel;
    const address = (...path: string[]): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.extension, ...path)).toString();
    return pageHtml({
      script: address("out", "diagram", "page.js"),
      worker: address("out", "diagram", "worker.js"),
      style: address("media", "diagram", "diagram.css"),
      source: webview.cspSource,
      nonce: randomBytes(18).toString("base64"),
    });
  }
}

/** The folders that the page may load from. */
function resourceRoots(extension: vscode.Uri): readonly vscode.Uri[] {
  return [vscode.Uri.joinPath(extension, "out", "diagram"), vscode.Uri.joinPath(extension, "media", "diagram")];
}

/** The column for a text that no editor shows: the first, unless the diagram itself is there. */
function beside(panel: vscode.WebviewPanel): vscode.ViewColumn {
  return panel.viewColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One;
}

function rangeOf({ start, end }: LspRange): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

function sameUri(first: vscode.Uri, second: vscode.Uri): boolean {
  return first.toString() === second.toString();
}
