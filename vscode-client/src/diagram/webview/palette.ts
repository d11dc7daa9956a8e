/** The colours and fonts of the editor's theme as the drawing uses them. */

import type { Colour } from "../drawing/scene";
import { type Font, FONTS, type Measure } from "../drawing/text";

/** A colour on the page: it follows the theme by itself. */
export function themed(name: Colour): string {
  return `var(--diagram-${name})`;
}

/** Measures texts in the page's font; each text once. */
export function measuring(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  const family = fontFamily();
  const known = new Map<string, number>();
  let current: Font | undefined;
  return (text, font) => {
    const key = `${font} ${text}`;
    let width = known.get(key);
    if (width === undefined) {
      if (context !== null && current !== font) {
        context.font = `${String(FONTS[font].weight)} ${String(FONTS[font].size)}px ${family}`;
        current = font;
      }
      width = context?.measureText(text).width ?? text.length * FONTS[font].size * 0.55;
      known.set(key, width);
    }
    return width;
  };
}

export function fontFamily(): string {
  return getComputedStyle(document.body).fontFamily;
}

/**
 * The colours as they are now, in a form that every program reads. A pixel is painted and read back, since the
 * browser writes mixed colours in notations that programs for drawings do not know.
 */
export function resolvedColours(): (name: Colour) => string {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1, 1];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const probe = document.createElement("span");
  document.body.append(probe);
  const known = new Map<Colour, string>();
  const resolve = (name: Colour): string => {
    probe.style.color = themed(name);
    const computed = getComputedStyle(probe).color;
    if (context === null) {
      return computed;
    }
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = computed;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
    const hex = [red, green, blue, ...(alpha === 255 ? [] : [alpha])];
    return `#${hex.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  };
  return (name) => {
    const colour = known.get(name) ?? resolve(name);
    known.set(name, colour);
    return colour;
  };
}
