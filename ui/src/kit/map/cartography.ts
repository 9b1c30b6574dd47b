/** How the base map is drawn, from the ground up: quiet, so that what a page adds stands out. */
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { colour } from "@/app/theme";

export interface BaseLayer {
  /** Class that it draws; null for the ground. */
  className: string | null;
  /** Without source and source layer, which follow from the class. */
  layer: Record<string, unknown> & { id: string; type: LayerSpecification["type"] };
}

const MAJOR = ["motorway", "trunk", "primary"];
const MIDDLE = ["secondary", "tertiary"];
const PATHS = ["footway", "cycleway", "path", "steps", "track", "pedestrian"];
const is = (classes: string[]): ExpressionSpecification => ["in", ["get", "road_class"], ["literal", classes]];

/** Width of a road in pixels, growing with the zoom; `more` widens it to an edge. */
function width(more: number): ExpressionSpecification {
  const at = (major: number, middle: number, minor: number, path: number): ExpressionSpecification => [
    "+", more, ["case", is(MAJOR), major, is(MIDDLE), middle, is(PATHS), path, minor],
  ]; // prettier-ignore
  return ["interpolate", ["exponential", 1.5], ["zoom"], 9, at(0.8, 0.4, 0.1, 0), 12, at(2, 1.2, 0.5, 0.2), 14, at(4, 2.8, 1.5, 0.6), 17, at(16, 12, 8, 2)];
}

export function baseLayers(font: string[]): BaseLayer[] {
  const label = colour("map-label");
  const halo = { "text-color": label, "text-halo-color": colour("map-halo"), "text-halo-width": 1.4 };
  const name = { "text-field": ["get", "name"], "text-font": font };
  const fill = (className: string, paint: Record<string, unknown>, more: Record<string, unknown> = {}): BaseLayer => ({
    className,
    layer: { id: `base-${className}-fill`, type: "fill", paint, ...more },
  });
  return [
    { className: null, layer: { id: "land", type: "background", paint: { "background-color": colour("map-land") } } },
    fill("green_space", { "fill-color": colour("map-green"), "fill-opacity": 0.8 }),
    fill("park", { "fill-color": colour("map-park"), "fill-opacity": 0.85 }),
    fill("water_body", { "fill-color": colour("map-water") }),
    { className: "waterway", layer: { id: "base-waterway-line", type: "line", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour("map-water"), "line-width": ["interpolate", ["exponential", 1.4], ["zoom"], 8, 1, 16, 8] } } },
    { className: "admin_area", layer: { id: "base-admin_area-line", type: "line", paint: { "line-color": colour("map-boundary"), "line-width": ["case", ["==", ["get", "level"], "county"], 1.8, 0.8], "line-dasharray": [4, 2], "line-opacity": 0.7 } } },
    { className: "road", layer: { id: "base-road-edge", type: "line", minzoom: 11, filter: ["!", is(PATHS)], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour("map-road-edge"), "line-width": width(1.2) } } },
    { className: "road", layer: { id: "base-road-line", type: "line", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": ["step", ["zoom"], colour("map-road-edge"), 11, colour("map-road")], "line-width": width(0) } } },
    fill("building", { "fill-color": colour("map-building"), "fill-outline-color": colour("map-road-edge") }, { minzoom: 12 }),
    { className: "road", layer: { id: "base-label-road", type: "symbol", minzoom: 14, filter: ["has", "name"], layout: { ...name, "symbol-placement": "line", "text-size": 11.5, "symbol-spacing": 400 }, paint: halo } },
    { className: "waterway", layer: { id: "base-label-waterway", type: "symbol", minzoom: 11, filter: ["has", "name"], layout: { ...name, "symbol-placement": "line", "text-size": 12, "symbol-spacing": 500, "text-letter-spacing": 0.15 }, paint: { ...halo, "text-opacity": 0.8 } } },
    { className: "park", layer: { id: "base-label-park", type: "symbol", minzoom: 13.5, filter: ["has", "name"], layout: { ...name, "text-size": 12, "text-max-width": 7 }, paint: halo } },
    { className: "admin_area", layer: { id: "base-label-admin_area", type: "symbol", maxzoom: 13, filter: ["all", ["has", "name"], ["!=", ["get", "level"], "county"]], layout: { ...name, "text-size": ["interpolate", ["linear"], ["zoom"], 8, 11, 12, 15] }, paint: halo } },
  ];
}
