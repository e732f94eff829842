// Draws a QR code with DOM calls, so that it works under every Content-Security-Policy and Trusted Types.
import { encode } from "uqr";

const SVG = "http://www.w3.org/2000/svg";
/** Width of the light border, in modules. Scanners require it. */
const MARGIN = 4;

export function qrCode(text: string): SVGSVGElement {
  const { data, size } = encode(text, { ecc: "M", border: 0 });
  const dark = data.flatMap((row, y) => row.flatMap((is_dark, x) => (is_dark ? [`M${x + MARGIN} ${y + MARGIN}h1v1h-1z`] : [])));
  const svg = document.createElementNS(SVG, "svg");
  const side = size + 2 * MARGIN;
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("fill", "#000");
  path.setAttribute("d", dark.join(""));
  svg.append(path);
  return svg;
}
