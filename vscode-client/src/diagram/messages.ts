/** What the extension and the page of the diagram say to each other. */

import type { LspPosition, LspRange, ModelGraphResult } from "../protocol";

export type ToPage =
  | { readonly type: "graph"; readonly uri: string; readonly result: ModelGraphResult | null }
  /** Where the cursor of the text editor is. */
  | { readonly type: "cursor"; readonly uri: string; readonly position: LspPosition };

export type FromPage =
  | { readonly type: "ready" }
  | {
      readonly type: "reveal";
      readonly uri: string;
      readonly range: LspRange;
      /** Whether the editor takes the keyboard. */
      readonly focus: boolean;
    }
  | { readonly type: "save"; readonly format: "svg"; readonly name: string; readonly data: string }
  | { readonly type: "save"; readonly format: "png"; readonly name: string; readonly data: Uint8Array };

/** What the page of a window that was closed is opened with again. */
export interface PageState {
  readonly uri: string;
}

/** Whether a value that the workbench kept is the state of a page. */
export function isPageState(value: unknown): value is PageState {
  return typeof value === "object" && value !== null && "uri" in value && typeof value.uri === "string";
}
