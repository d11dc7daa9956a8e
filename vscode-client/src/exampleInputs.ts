/** Which functions of a document ask for example inputs, told by its lenses. */

import { COMMANDS } from "./commandIds";

/** A lens as the protocol carries it. */
export interface PlainLens {
  readonly range: { readonly start: { readonly line: number } };
  readonly command?: { readonly command: string; readonly arguments?: readonly unknown[] | undefined } | undefined;
}

export interface Uncalled {
  readonly name: string;
  /** The address that the server wants with the name. */
  readonly uri: string;
  readonly line: number;
}

/** The functions that a lens offers to give example inputs for, the one nearest to a line first. */
export function uncalledFunctions(lenses: readonly PlainLens[], line: number): Uncalled[] {
  const found = lenses.flatMap((lens) => {
    const [uri, name] = lens.command?.arguments ?? [];
    const asks = lens.command?.command === COMMANDS.giveExampleInputs;
    return asks && typeof uri === "string" && typeof name === "string"
      ? [{ uri, name, line: lens.range.start.line }]
      : [];
  });
  return found.sort((one, other) => Math.abs(one.line - line) - Math.abs(other.line - line));
}
