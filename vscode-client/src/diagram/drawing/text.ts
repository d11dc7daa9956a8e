/** The fonts of the drawing and how texts are fitted into it. */

export const FONTS = {
  title: { size: 13, weight: 600 },
  name: { size: 12, weight: 400 },
  detail: { size: 11, weight: 400 },
  label: { size: 11, weight: 400 },
} as const;

export type Font = keyof typeof FONTS;

/** The width of a text in a font, in pixels at full size. */
export type Measure = (text: string, font: Font) => number;

/** The text, cut with an ellipsis so that it is no wider than `width`. */
export function fitted(text: string, font: Font, width: number, measure: Measure): string {
  if (measure(text, font) <= width) {
    return text;
  }
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${text.slice(0, middle).trimEnd()}…`, font) <= width) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return `${text.slice(0, low).trimEnd()}…`;
}

/** The text in lines no wider than `width`, broken at spaces; what `lines` cannot hold ends in an ellipsis. */
export function wrapped(text: string, font: Font, width: number, lines: number, measure: Measure): readonly string[] {
  const words = text.split(/\s+/u).filter((word) => word !== "");
  const result: string[] = [];
  let line = "";
  for (const [index, word] of words.entries()) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (measure(longer, font) <= width) {
      line = longer;
    } else if (result.length === lines - 1) {
      const rest = words.slice(index).join(" ");
      return [...result, fitted(line === "" ? rest : `${line} ${rest}`, font, width, measure)];
    } else if (line === "") {
      result.push(fitted(word, font, width, measure));
    } else {
      result.push(line);
      line = fitted(word, font, width, measure);
    }
  }
  return line === "" ? result : [...result, line];
}
