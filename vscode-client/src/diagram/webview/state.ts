/** What the page remembers while it is hidden and when the window opens again. */

import type { Camera } from "../drawing/camera";
import { isPageState, type PageState } from "../messages";
import { COLUMNS, type Sorting } from "../table/rows";

export type Tab = "diagram" | "table";

/** How one model was looked at last. */
export interface ModelView {
  readonly open: readonly string[];
  readonly camera: Camera | null;
}

export interface KeptState extends PageState {
  readonly model: string | null;
  readonly tab: Tab;
  readonly batch: number;
  readonly sorting: Sorting | null;
  readonly views: Readonly<Record<string, ModelView>>;
}

export const FRESH: KeptState = { uri: "", model: null, tab: "diagram", batch: 1, sorting: null, views: {} };

/** The state that was kept; what is not of its shape, as an older version may have left it, is passed over. */
export function restored(value: unknown): KeptState {
  if (!isPageState(value)) {
    return FRESH;
  }
  const kept = value as Partial<Record<keyof KeptState, unknown>> & PageState;
  return {
    uri: kept.uri,
    model: typeof kept.model === "string" ? kept.model : null,
    tab: kept.tab === "table" ? "table" : "diagram",
    batch: typeof kept.batch === "number" && kept.batch >= 1 ? kept.batch : 1,
    sorting: isSorting(kept.sorting) ? kept.sorting : null,
    views: isRecord(kept.views)
      ? Object.fromEntries(
          Object.entries(kept.views).filter((entry): entry is [string, ModelView] => isModelView(entry[1])),
        )
      : {},
  };
}

/** The view of a model that was not looked at yet: everything folded. */
export function viewOf(state: KeptState, model: string): ModelView {
  return state.views[model] ?? { open: [], camera: null };
}

/** The state with another view of a model. */
export function withView(state: KeptState, model: string, view: ModelView): KeptState {
  return { ...state, views: { ...state.views, [model]: view } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSorting(value: unknown): value is Sorting {
  return (
    isRecord(value) && COLUMNS.some((column) => column === value["column"]) && typeof value["descending"] === "boolean"
  );
}

function isModelView(value: unknown): value is ModelView {
  if (!isRecord(value) || !Array.isArray(value["open"])) {
    return false;
  }
  const camera = value["camera"];
  return camera === null || (isRecord(camera) && ["x", "y", "scale"].every((name) => typeof camera[name] === "number"));
}
