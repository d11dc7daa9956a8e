/** Waiting that has an end. */

/** Runs an action once it has not been asked for during `milliseconds`. */
export class Debounced {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly action: () => void,
    private readonly milliseconds: number,
  ) {}

  ask(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.action, this.milliseconds);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

/** The value of a promise, or undefined where it takes longer or fails. */
export async function within<Value>(promise: PromiseLike<Value>, milliseconds: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
