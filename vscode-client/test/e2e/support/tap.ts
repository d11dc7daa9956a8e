import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { TAP, VENV_PYTHON } from "./places.ts";

export interface Answer {
  /** Milliseconds since 1970, by the clock that the page has too. */
  readonly at: number;
  /** What was answered, or asked by the server. */
  readonly method: string;
  /** The number of items of an answer that is a list. */
  readonly size: number;
}

/** A Python for `shapelens.serverInterpreter` that notes when each message of the server passed. */
export class Tap {
  readonly interpreter: string;
  private readonly log: string;

  constructor(folder: string) {
    this.log = path.join(folder, "messages.jsonl");
    this.interpreter = path.join(folder, "python");
    writeFileSync(this.interpreter, `#!/bin/sh\nexec "${VENV_PYTHON}" "${TAP}" "${this.log}" "$@"\n`);
    chmodSync(this.interpreter, 0o755);
  }

  answers(method: string): Answer[] {
    if (!existsSync(this.log)) return [];
    const lines = readFileSync(this.log, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Answer).filter((answer) => answer.method === method);
  }
}
