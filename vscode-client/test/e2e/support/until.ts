/** How long a step may take on a slow machine; a step that passes takes a small part of it. */
export const PATIENCE = 60_000;

const PAUSE = 100;

/** Asks again until the answer is right; the error that ends it shows the last answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
  isRight: (answer: T) => boolean,
  patience = PATIENCE,
): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > end)
      throw new Error(`Waited ${patience / 1000} s for ${what}; last seen: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
