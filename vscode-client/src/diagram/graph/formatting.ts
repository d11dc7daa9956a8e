/** Numbers and texts as the diagram and its table show them. */

const NO_BREAK = "\u00a0";

/** A count with three significant figures: `896`, `12.5 k`, `1.2 M`, `3.4 G`. */
export function compactCount(count: number): string {
  return scaled(count, 1000, ["", "k", "M", "G", "T", "P"]);
}

/** A count with every digit: `1,234,567`. */
export function exactCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/gu, ",");
}

/** A size as Keras' own summary counts it: `512 B`, `136 KiB`, `1.5 MiB`. */
export function byteSize(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/** `896 parameters`, `1 parameter`; from ten thousand on in short form. */
export function parametersText(count: number): string {
  const text = count < 10_000 ? exactCount(count) : compactCount(count);
  return `${text} ${count === 1 ? "parameter" : "parameters"}`;
}

/** The text, cut to `length` characters with an ellipsis where it is longer. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).trimEnd()}…`;
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  // From half a unit below a step on, three figures would write a full step.
  while (rest >= step - 0.5 && unit < units.length - 1) {
    rest /= step;
    unit += 1;
  }
  const text = unit === 0 ? String(rest) : rest.toFixed(rest < 99.95 ? 1 : 0).replace(/\.0$/u, "");
  return `${text}${NO_BREAK}${units[unit] ?? ""}`.trimEnd();
}
