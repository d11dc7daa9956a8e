/** The drawing as an SVG file that needs nothing from outside. */

import { figure } from "./curves";
import type { Colour, Paint, Scene, Shape } from "./scene";
import { FONTS } from "./text";

/** What the file cannot take from the page it was drawn in. */
export interface Inlined {
  readonly colour: (name: Colour) => string;
  readonly fontFamily: string;
  readonly title: string;
}

const MARGIN = 24;

/** The whole scene as the text of an SVG file. */
export function svgText(scene: Scene, inlined: Inlined): string {
  const width = Math.ceil(scene.width + 2 * MARGIN);
  const height = Math.ceil(scene.height + 2 * MARGIN);
  const figures = [...scene.containers, ...scene.edges, ...scene.nodes, ...scene.outlets];
  const shapes = figures.map((each) =>
    each
      .shapes()
      .map((shape) => shapeText(shape, inlined))
      .join(""),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}"`,
    ` viewBox="${String(-MARGIN)} ${String(-MARGIN)} ${String(width)} ${String(height)}"`,
    ` font-family="${escaped(inlined.fontFamily)}">\n<title>${escaped(inlined.title)}</title>\n`,
    `<rect x="${String(-MARGIN)}" y="${String(-MARGIN)}" width="${String(width)}" height="${String(height)}"`,
    ` fill="${escaped(inlined.colour("background"))}"/>\n`,
    ...shapes.map((group) => `<g>${group}</g>\n`),
    "</svg>\n",
  ].join("");
}

/** The attributes that paint a shape; the same for an element of the page and for the file. */
export function paintAttributes(paint: Paint, colour: (name: Colour) => string): Readonly<Record<string, string>> {
  return {
    fill: paint.fill === undefined ? "none" : colour(paint.fill),
    ...(paint.stroke === undefined ? {} : { stroke: colour(paint.stroke), "stroke-width": String(paint.width ?? 1) }),
  };
}

/** The attributes that place a shape and, for a text, set its font. */
export function placeAttributes(shape: Shape): Readonly<Record<string, string>> {
  switch (shape.kind) {
    case "rect":
      return {
        x: figure(shape.x),
        y: figure(shape.y),
        width: figure(shape.width),
        height: figure(shape.height),
        rx: String(shape.radius),
      };
    case "path":
      return { d: shape.d };
    case "text":
      return {
        x: figure(shape.x),
        y: figure(shape.y),
        "font-size": String(FONTS[shape.font].size),
        "font-weight": String(FONTS[shape.font].weight),
        "text-anchor": shape.anchor,
      };
  }
}

/** A text as it stands between tags or in an attribute. */
export function escaped(text: string): string {
  return text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/>/gu, "&gt;").replace(/"/gu, "&quot;");
}

function shapeText(shape: Shape, { colour }: Inlined): string {
  const attributes = Object.entries({ ...placeAttributes(shape), ...paintAttributes(shape.paint, colour) })
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join("");
  return shape.kind === "text" ? `<text${attributes}>${escaped(shape.text)}</text>` : `<${shape.kind}${attributes}/>`;
}
