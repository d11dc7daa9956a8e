import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";

import { ENVIRONMENTS, ENVIRONMENTS_SCRIPT, VENV_PYTHON } from "./places.ts";
import { linked } from "./session.ts";

/** A Python environment of a test's own. */
export class Environment {
  private readonly folder: string;

  /** Makes it, without any package. */
  constructor(name: string) {
    this.folder = path.join(ENVIRONMENTS, name);
    this.remove();
    execFileSync(VENV_PYTHON, [ENVIRONMENTS_SCRIPT, "make", this.folder]);
  }

  /** Shows it at another place, and returns its interpreter there. */
  at(place: string): string {
    return linked(this.folder, place);
  }

  /** Installs Keras and TensorFlow, with what they need and nothing else. */
  installKeras(): void {
    execFileSync(VENV_PYTHON, [ENVIRONMENTS_SCRIPT, "fill", this.folder]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
