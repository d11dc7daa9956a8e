/** The model diagram: a page beside the editor for each document that someone asks it for. */

import * as vscode from "vscode";

import { COMMANDS } from "../commandIds";
import type { DiagramHost } from "../protocol";
import { isPageState } from "./messages";
import { DiagramPanel } from "./panel";

const VIEW_TYPE = "shapelens.diagram";

export interface Diagram {
  /** Opens the diagram of a document beside the editor, or brings it to the front. */
  show(uri: vscode.Uri): void;
}

/** Makes diagrams available, and brings back those of the last session of the window. */
export function registerDiagram(context: vscode.ExtensionContext, host: DiagramHost): Diagram {
  const panels = new Map<string, DiagramPanel>();
  const open = (panel: vscode.WebviewPanel, uri: vscode.Uri): void => {
    const key = uri.toString();
    panels.set(
      key,
      new DiagramPanel(panel, uri, context.extensionUri, host, () => {
        panels.delete(key);
      }),
    );
  };
  context.subscriptions.push(
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: (panel, state: unknown) => {
        if (isPageState(state)) {
          open(panel, vscode.Uri.parse(state.uri));
        } else {
          panel.dispose();
        }
        return Promise.resolve();
      },
    }),
    {
      dispose: () => {
        for (const panel of [...panels.values()]) {
          panel.dispose();
        }
      },
    },
  );
  const diagram: Diagram = {
    show: (uri) => {
      const shown = panels.get(uri.toString());
      if (shown !== undefined) {
        shown.show();
        return;
      }
      const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      open(vscode.window.createWebviewPanel(VIEW_TYPE, `Model: ${baseName(uri)}`, column), uri);
    },
  };
  context.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.showDiagram, (asked?: unknown) => {
      const uri = documentOf(asked);
      if (uri === undefined) {
        void vscode.window.showInformationMessage("Open a Python file to see the diagram of its models.");
      } else {
        diagram.show(uri);
      }
    }),
  );
  return diagram;
}

/** The document that a command was given, as the editor or as a link writes it, else that of the active editor. */
function documentOf(asked: unknown): vscode.Uri | undefined {
  if (asked instanceof vscode.Uri) {
    return asked;
  }
  return typeof asked === "string" ? vscode.Uri.parse(asked) : vscode.window.activeTextEditor?.document.uri;
}

function baseName(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf("/") + 1);
}
