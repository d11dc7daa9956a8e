/** Making elements of the page. */

const SVG = "http://www.w3.org/2000/svg";

type Attributes = Readonly<Record<string, string>>;

/** An HTML element with attributes, holding texts and other elements. */
export function html<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** An SVG element with attributes. */
export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(SVG, name);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** A button with a picture drawn by a path in a square of 16, or with a text. */
export function button(
  label: string,
  content: { readonly icon: string } | string,
  action: () => void,
): HTMLButtonElement {
  const inner =
    typeof content === "string"
      ? content
      : svg(
          "svg",
          { viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true" },
          svg("path", { d: content.icon }),
        );
  const element = html("button", { type: "button", "aria-label": label, title: label }, inner);
  element.addEventListener("click", action);
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
}
