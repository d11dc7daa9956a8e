/** The summary of a document's models: a read-only text that follows the document. */

import * as vscode from "vscode";

import { isObject } from "./settings";

export const SUMMARY_SCHEME = "shapelens-summary";

/** The language of summaries: it has colours and an editor without line numbers. */
export const SUMMARY_LANGUAGE = "shapelens-summary";

/** The address of the summary of a document's models. */
export function summaryUri(document: string): vscode.Uri {
  const { path } = vscode.Uri.parse(document);
  const name = path.slice(path.lastIndexOf("/") + 1);
  // The tab shows the last part of the path.
  return vscode.Uri.from({ scheme: SUMMARY_SCHEME, path: `/${name} (summary)`, query: JSON.stringify({ document }) });
}

/** The document whose models a summary shows; undefined where the address is none of ours. */
export function documentOf(uri: vscode.Uri): string | undefined {
  if (uri.scheme !== SUMMARY_SCHEME) {
    return undefined;
  }
  try {
    const query: unknown = JSON.parse(uri.query);
    return isObject(query) && typeof query["document"] === "string" ? query["document"] : undefined;
  } catch {
    return undefined; // an address that somebody typed
  }
}

/** A number of samples as a user typed it; undefined where it is none. */
export function batchSizeOf(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && Number.isInteger(value) && value >= 1 && value <= 1_000_000 ? value : undefined;
}

/** Whether a change of one document concerns another: they are the same, or cells of the same notebook. */
export function concerns(changed: vscode.Uri, document: string): boolean {
  const uri = vscode.Uri.parse(document);
  return changed.toString() === uri.toString() || (changed.path === uri.path && changed.authority === uri.authority);
}

/** Yields the summary's text for a number of samples; undefined where nothing is known. */
export type AskSummary = (document: string, batchSize: number) => Promise<string | undefined>;

export class Summaries implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registration: vscode.Disposable;
  readonly #batchSizes = new Map<string, number>();

  constructor(private readonly ask: AskSummary) {
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(SUMMARY_SCHEME, this);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const document = documentOf(uri);
    if (document === undefined) {
      return "";
    }
    const text = await this.ask(document, this.batchSize(document));
    return text ?? "Nothing is known of the models of this file yet.\n";
  }

  /** The number of samples that FLOPs and activation memory are given for. */
  batchSize(document: string): number {
    return this.#batchSizes.get(document) ?? 1;
  }

  setBatchSize(document: string, batchSize: number): void {
    this.#batchSizes.set(document, batchSize);
    this.#changed.fire(summaryUri(document));
  }

  /** Show the summary; one that is open already comes to the front. */
  async show(document: string): Promise<void> {
    const uri = summaryUri(document);
    this.#changed.fire(uri);
    const opened = await vscode.workspace.openTextDocument(uri);
    const coloured = await vscode.languages.setTextDocumentLanguage(opened, SUMMARY_LANGUAGE);
    const visible = vscode.window.visibleTextEditors.find(
      (editor) => editor.document.uri.toString() === uri.toString(),
    );
    // Its table is wide: it gets a whole column and not half of one.
    await vscode.window.showTextDocument(coloured, {
      preview: false,
      viewColumn: visible?.viewColumn ?? vscode.ViewColumn.Active,
    });
  }

  /** The models of a document changed. */
  changed(uri: vscode.Uri): void {
    for (const { uri: shown } of vscode.workspace.textDocuments) {
      const document = documentOf(shown);
      if (document !== undefined && concerns(uri, document)) {
        this.#changed.fire(shown);
      }
    }
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
