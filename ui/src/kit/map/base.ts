/** The base map: the county's own published snapshot as vector tiles, in the colours of the theme; no outside host. */
import maplibregl, { type LayerSpecification, type StyleSpecification } from "maplibre-gl";
import { Protocol } from "pmtiles";
import "maplibre-gl/dist/maplibre-gl.css";
import { api } from "@/api/client";
import { colour } from "@/app/theme";

maplibregl.addProtocol("pmtiles", new Protocol().tile);

/** What can be drawn: the answer of `GET /api/tiles`. */
export interface TileSets {
  snapshots: {
    date: string;
    hash: string;
    bounds: [number, number, number, number];
    /** Classes that this account may see and for which tiles exist. */
    classes: { name: string; geometry: "point" | "line" | "polygon"; count: number; minzoom: number; maxzoom: number }[];
  }[];
}

export const FONT = ["Noto Sans CJK SC"];

export function tileSets(): Promise<TileSets> {
  return api.get<TileSets>("/api/tiles");
}

/** Address of the tiles of one class of a snapshot; the layer inside is named after the class. */
export function tileUrl(date: string, hash: string, className: string): string {
  return `pmtiles://${location.origin}/api/tiles/${date}/${hash}/${className}.pmtiles`;
}

const BASE: { className: string; layers: (id: string) => Omit<LayerSpecification, "id" | "source" | "source-layer">[] }[] = [
  { className: "land_use", layers: () => [] },
  { className: "green_space", layers: () => [{ type: "fill", paint: { "fill-color": colour("map-green") } } as never] },
  { className: "park", layers: () => [{ type: "fill", paint: { "fill-color": colour("map-park") } } as never] },
  { className: "water_body", layers: () => [{ type: "fill", paint: { "fill-color": colour("map-water") } } as never] },
  { className: "waterway", layers: () => [{ type: "line", paint: { "line-color": colour("map-water"), "line-width": 2 } } as never] },
  {
    className: "road",
    layers: () => [
      { type: "line", layout: { "line-cap": "round" }, paint: { "line-color": colour("map-road-edge"), "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 11, 0.8, 16, 8] } } as never,
      { type: "line", layout: { "line-cap": "round" }, paint: { "line-color": colour("map-road"), "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 11, 0.4, 16, 6] } } as never,
    ],
  },
  { className: "building", layers: () => [{ type: "fill", minzoom: 13, paint: { "fill-color": colour("map-building") } } as never] },
];

/** The style of the base map for one snapshot; `skip` leaves classes out, for a page that draws them itself. */
export function baseStyle(set: TileSets["snapshots"][number] | null, skip: readonly string[] = []): StyleSpecification {
  const style: StyleSpecification = {
    version: 8,
    sources: {},
    layers: [{ id: "land", type: "background", paint: { "background-color": colour("map-land") } }],
  };
  if (!set) return style;
  for (const { className, layers } of BASE) {
    if (skip.includes(className) || !set.classes.some((c) => c.name === className)) continue;
    const id = `base-${className}`;
    style.sources[id] = { type: "vector", url: tileUrl(set.date, set.hash, className) };
    layers(id).forEach((layer, i) =>
      style.layers.push({ ...layer, id: `${id}-${i}`, source: id, "source-layer": className } as LayerSpecification),
    );
  }
  return style;
}
