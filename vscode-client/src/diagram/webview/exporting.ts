/** The drawing as the contents of a file. */

import type { Scene } from "../drawing/scene";
import { svgText } from "../drawing/svg";
import { fontFamily, resolvedColours } from "./palette";

/** Browsers give up on larger canvases, some without saying so. */
const LONGEST_SIDE = 16_000;
const MOST_PIXELS = 100e6;

/** The text of an SVG file in the colours of the theme. */
export function exportSvg(scene: Scene, title: string): string {
  return svgText(scene, { colour: resolvedColours(), fontFamily: fontFamily(), title });
}

/** The bytes of a PNG file at twice the true size, or smaller where the drawing is very large. */
export async function exportPng(scene: Scene, title: string): Promise<Uint8Array> {
  const source = new Blob([exportSvg(scene, title)], { type: "image/svg+xml" });
  const address = URL.createObjectURL(source);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const scale = Math.min(
      2,
      LONGEST_SIDE / Math.max(image.width, image.height),
      Math.sqrt(MOST_PIXELS / (image.width * image.height)),
    );
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.ceil(image.width * scale), Math.ceil(image.height * scale)];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, "image/png");
    });
    if (blob === null) {
      throw new Error("The drawing is too large for a PNG image; SVG has no such bound.");
    }
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(address);
  }
}
