import { after, before, it } from "node:test";

import { Session, type SessionOptions } from "./session.ts";

/** Steps of one user at one workbench. They build on each other: after one that fails, the others are not tried. */
export class Story {
  private begun: Session | undefined;
  private failed: string | undefined;

  constructor(options: SessionOptions | ((folder: string) => SessionOptions) = {}) {
    before(async () => {
      this.begun = await Session.start(options);
    });
    after(async () => {
      await this.begun?.stop();
    });
  }

  get session(): Session {
    if (this.begun === undefined) throw new Error("The session has not begun");
    return this.begun;
  }

  step(does: string, work: () => Promise<void>): void {
    it(does, { timeout: 180_000 }, async (test) => {
      if (this.failed !== undefined) {
        test.skip(`after "${this.failed}" failed`);
        return;
      }
      try {
        await work();
      } catch (error) {
        this.failed = does;
        test.diagnostic(`What was on screen and in the logs: ${await this.session.keepEvidence(does)}`);
        throw error;
      }
    });
  }
}
