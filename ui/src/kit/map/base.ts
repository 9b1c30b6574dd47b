/** The base map: the county's own published snapshot as vector tiles, in the colours of the theme; no outside host. */
import maplibregl, { type LayerSpecification, type StyleSpecification } from "maplibre-gl";
import { Protocol } from "pmtiles";
import "maplibre-gl/dist/maplibre-gl.css";
import { api } from "@/api/client";
import { baseLayers } from "@/kit/map/cartography";

maplibregl.addProtocol("pmtiles", new Protocol().tile);

export type Box = [number, number, number, number];
export type Kind = "point" | "line" | "polygon";

/** What can be drawn: the answer of `GET /api/tiles`. */
export interface TileSets {
  snapshots: {
    date: string;
    hash: string;
    /** West, south, east, north of everything. */
    bounds: Box;
    /** The most built-up part, where a map begins. */
    focus: Box;
    /** Whether there are 3D Tiles of the buildings. */
    solids: boolean;
    /** Classes that this account may see and for which tiles exist. */
    classes: { name: string; geometry: Kind; geometries: Kind[]; count: number; minzoom: number; maxzoom: number }[];
  }[];
  /** Published days whose tiles are being made. */
  making: string[];
}
export type TileSet = TileSets["snapshots"][number];

/** The label layers of the base map begin with this; a page that draws areas puts them before `firstLabel`. */
export const LABEL = "base-label-";

export const FONT = ["Noto Sans CJK SC"];

export function tileSets(): Promise<TileSets> {
  return api.get<TileSets>("/api/tiles");
}

/** Address of the tiles of one class of a snapshot; the layer inside is named after the class. */
export function tileUrl(date: string, hash: string, className: string): string {
  return `pmtiles://${location.origin}/api/tiles/${date}/${hash}/${className}.pmtiles`;
}

/** Whether layers can be added: not while a style is being exchanged for another; `ready` comes once more after that. */
export function hasStyle(map: maplibregl.Map): boolean {
  return (map.getStyle() as StyleSpecification | undefined) !== undefined;
}

/** The layer before which a page adds its own, so that names stay readable; undefined if there are no labels. */
export function firstLabel(map: maplibregl.Map): string | undefined {
  return map.getStyle().layers.find((layer) => layer.id.startsWith(LABEL))?.id;
}

/** The style of the base map for one snapshot; `skip` leaves classes out, for a page that draws them itself. */
export function baseStyle(set: TileSet | null, skip: readonly string[] = []): StyleSpecification {
  const style: StyleSpecification = { version: 8, sources: {}, layers: [] };
  for (const { className, layer } of baseLayers(FONT)) {
    if (className !== null) {
      if (skip.includes(className) || !set?.classes.some((c) => c.name === className)) continue;
      const source = `base-${className}`;
      style.sources[source] ??= { type: "vector", url: tileUrl(set.date, set.hash, className) };
      style.layers.push({ ...layer, source, "source-layer": className } as LayerSpecification);
    } else style.layers.push(layer as LayerSpecification);
  }
  return style;
}
