/** Which of a file's models the page shows. */

import type { LspPosition, ModelGraph, ModelGraphResult } from "../../protocol";
import { holds, itemsAt, type Outline, outlineOf, uniqueKeys } from "./outline";

export interface Choice {
  /** The same in the next evaluation as long as the names are. */
  readonly key: string;
  readonly label: string;
  readonly model: ModelGraph;
  readonly outline: Outline;
}

/** The models of a file to choose from, in the order of the text. */
export function choicesOf(result: ModelGraphResult): readonly Choice[] {
  const keys = uniqueKeys(result.models.map(({ name }) => name));
  return result.models.map((model, index) => {
    const key = keys[index] ?? model.name;
    return {
      key,
      label: `${key} · ${model.type}${model.broken === "" ? "" : " · broken"}`,
      model,
      outline: outlineOf(model),
    };
  });
}

/** The model to start with: the one at the cursor, else a broken one, else the largest. */
export function firstChoice(choices: readonly Choice[], uri: string, position: LspPosition | null): Choice | undefined {
  const here = position === null ? undefined : choices.find((choice) => isAt(choice, uri, position));
  return here ?? choices.find(({ model }) => model.broken !== "") ?? largest(choices);
}

/**
 * Whether one model can take the place of the other before a person's eyes: most nodes of the smaller are in both, as
 * when an edit breaks a model and only its first half is left.
 */
export function alike(first: Outline, second: Outline): boolean {
  const common = first.roots.filter(({ key }) => second.byKey.has(key)).length;
  return common > 0 && 2 * common >= Math.min(first.roots.length, second.roots.length);
}

function isAt({ model, outline }: Choice, uri: string, position: LspPosition): boolean {
  const onModel = model.uri === uri && model.range !== null && holds(model.range, position);
  return onModel || itemsAt(outline, uri, position).length > 0;
}

function largest(choices: readonly Choice[]): Choice | undefined {
  const sizes = choices.map(({ outline }) => outline.items.length);
  const most = Math.max(...sizes);
  return choices[sizes.indexOf(most)];
}
