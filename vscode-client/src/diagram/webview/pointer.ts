/** What a pointer and its wheel do to the diagram. */

import type { Point } from "../graph/geometry";

export interface PointerListener {
  /** The main button went down. */
  press(): void;
  /** How far the pointer has come since then, in pixels; only once it is clear that this is no click. */
  drag(x: number, y: number): void;
  click(point: Point): void;
  twice(point: Point): void;
  /** Where the pointer is without a button; null once it has left. */
  rest(point: Point | null): void;
  zoom(factor: number, point: Point): void;
  scroll(pixels: number): void;
}

/** A press that moves less than this is a click. */
const DRAG = 4;
const LINE_PIXELS = 16;
/** Zooms by a sixth with each notch of a common wheel. */
const WHEEL_SPEED = 0.0016;
/** A pinch arrives as a wheel with Ctrl and small steps. */
const PINCH_SPEED = 0.01;

/** Calls the listener with points in pixels from the upper left corner of the element. */
export function listenToPointer(element: HTMLElement, listener: PointerListener): void {
  let press: { readonly x: number; readonly y: number; dragged: boolean } | null = null;
  const place = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const release = (): void => {
    press = null;
    element.classList.remove("dragging");
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button === 0) {
      press = { x: event.clientX, y: event.clientY, dragged: false };
      element.setPointerCapture(event.pointerId);
      listener.press();
    }
  });
  element.addEventListener("pointermove", (event) => {
    if (press === null) {
      listener.rest(place(event));
      return;
    }
    const [x, y] = [event.clientX - press.x, event.clientY - press.y];
    if (press.dragged || Math.hypot(x, y) > DRAG) {
      press.dragged = true;
      element.classList.add("dragging");
      listener.drag(x, y);
    }
  });
  element.addEventListener("pointerup", (event) => {
    const isClick = press !== null && !press.dragged;
    release();
    if (isClick) {
      listener.click(place(event));
    }
  });
  element.addEventListener("pointercancel", release);
  element.addEventListener("pointerleave", () => {
    listener.rest(null);
  });
  element.addEventListener("dblclick", (event) => {
    listener.twice(place(event));
  });
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PIXELS : 1;
    if (event.shiftKey) {
      // Shift turns the wheel sideways on some systems; here it scrolls either way.
      listener.scroll((event.deltaY === 0 ? event.deltaX : event.deltaY) * unit);
    } else {
      const speed = event.ctrlKey ? PINCH_SPEED : WHEEL_SPEED;
      listener.zoom(Math.exp(-event.deltaY * unit * speed), place(event));
    }
  });
}
