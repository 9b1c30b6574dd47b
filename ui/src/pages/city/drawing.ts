/** Drawing classes on a map: from the tiles of a snapshot, or from the features of any day. */
import type maplibregl from "maplibre-gl";
import type { LayerSpecification, MapGeoJSONFeature, PointLike } from "maplibre-gl";
import { colour } from "@/app/theme";
import { firstLabel, FONT, hasStyle, tileUrl, type Kind, type TileSet } from "@/kit/map/base";
import { buildingColour, classColour, HEIGHT, mark, type Colouring } from "./palette";
import type { At } from "./types";

export interface Drawn {
  className: string;
  opacity: number;
  geometries: Kind[];
  minzoom: number;
  maxzoom: number;
}

export interface Look {
  colouring: Colouring;
  labels: boolean;
  /** Day → features, when another day than that of a snapshot is shown. */
  features: Map<string, At> | null;
}

const PREFIX = "city-";
type Part = Omit<LayerSpecification, "id" | "source" | "source-layer"> & { suffix: string };

const sourceOf = (className: string): string => `${PREFIX}${className}`;

/** The class that a layer of the map draws; null for layers of others. */
export function classOfLayer(id: string): string | null {
  return id.startsWith(PREFIX) ? (id.slice(PREFIX.length).split("/")[0] ?? null) : null;
}

function isKind(kind: "Point" | "LineString" | "Polygon"): unknown[] {
  return ["==", ["geometry-type"], kind];
}

function areaParts(drawn: Drawn, look: Look): Part[] {
  const hue = classColour(drawn.className);
  if (drawn.className === "building") {
    return [
      {
        suffix: "volume",
        type: "fill-extrusion",
        paint: { "fill-extrusion-color": buildingColour(look.colouring), "fill-extrusion-height": HEIGHT, "fill-extrusion-opacity": drawn.opacity * 0.95, "fill-extrusion-vertical-gradient": true },
      } as Part,
    ];
  }
  return [
    { suffix: "fill", type: "fill", filter: isKind("Polygon"), paint: { "fill-color": hue, "fill-opacity": drawn.opacity * 0.22 } } as Part,
    { suffix: "outline", type: "line", filter: isKind("Polygon"), paint: { "line-color": hue, "line-width": 1.4, "line-opacity": drawn.opacity } } as Part,
  ];
}

function pointParts(drawn: Drawn): Part[] {
  const hue = classColour(drawn.className);
  const sign = mark(drawn.className);
  const radius = sign ? ["interpolate", ["linear"], ["zoom"], 9, 3, 12, 5, 13, 10] : ["interpolate", ["linear"], ["zoom"], 12, 1.2, 15, 3, 18, 6];
  const edge = sign ? 1.5 : 0.5;
  const parts: Part[] = [
    { suffix: "dot", type: "circle", filter: isKind("Point"), paint: { "circle-color": hue, "circle-radius": radius, "circle-stroke-color": "#ffffff", "circle-stroke-width": edge, "circle-opacity": drawn.opacity, "circle-stroke-opacity": drawn.opacity } } as Part,
  ];
  if (sign) {
    parts.push({ suffix: "sign", type: "symbol", minzoom: 12.6, filter: isKind("Point"), layout: { "text-field": sign, "text-font": FONT, "text-size": 12, "text-allow-overlap": true, "text-ignore-placement": true }, paint: { "text-color": "#ffffff", "text-opacity": drawn.opacity } } as Part);
  }
  return parts;
}

function nameParts(drawn: Drawn): Part[] {
  const point = drawn.geometries.includes("point");
  return [
    {
      suffix: "name",
      type: "symbol",
      minzoom: drawn.className === "building" ? 16 : point ? 14 : 13,
      filter: ["has", "name"],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-max-width": 8, "text-optional": true, ...(point ? { "text-anchor": "top", "text-offset": [0, 1] } : {}), ...(drawn.geometries.includes("line") && !point ? { "symbol-placement": "line" } : {}) },
      paint: { "text-color": colour("map-label"), "text-halo-color": colour("map-halo"), "text-halo-width": 1.4, "text-opacity": drawn.opacity },
    } as Part,
  ];
}

function parts(drawn: Drawn, look: Look): Part[] {
  const hue = classColour(drawn.className);
  const all: Part[] = [];
  if (drawn.geometries.includes("polygon")) all.push(...areaParts(drawn, look));
  if (drawn.geometries.includes("line")) {
    all.push({ suffix: "line", type: "line", filter: isKind("LineString"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": hue, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1, 16, 4], "line-opacity": drawn.opacity } } as Part);
  }
  if (drawn.geometries.includes("point")) all.push(...pointParts(drawn));
  return all;
}

/** Areas under lines under buildings under points, so that nothing hides what lies within it. */
function rank(drawn: Drawn): number {
  if (drawn.className === "building") return 2;
  if (drawn.geometries.includes("point")) return 3;
  return drawn.geometries.includes("line") ? 1 : 0;
}

/** The layers to draw, from the ground up; those of rank under 2 go below the names of the base map. */
function wanted(set: TileSet | null, classes: readonly Drawn[], look: Look): { layer: LayerSpecification & { source: string }; low: boolean }[] {
  const out: { layer: LayerSpecification & { source: string }; low: boolean }[] = [];
  const names: typeof out = [];
  for (const drawn of [...classes].sort((a, b) => rank(a) - rank(b))) {
    if (!look.features && !set?.classes.some((c) => c.name === drawn.className)) continue;
    const source = sourceOf(drawn.className);
    const make = ({ suffix, ...rest }: Part): LayerSpecification & { source: string } =>
      ({ ...rest, id: `${source}/${suffix}`, source, ...(look.features ? {} : { "source-layer": drawn.className }) }) as LayerSpecification & { source: string };
    for (const part of parts(drawn, look)) out.push({ layer: make(part), low: rank(drawn) < 2 });
    if (look.labels) for (const part of nameParts(drawn)) names.push({ layer: make(part), low: false });
  }
  return [...out, ...names];
}

function prepareSource(map: maplibregl.Map, set: TileSet | null, className: string, look: Look): void {
  const id = sourceOf(className);
  const source = map.getSource(id);
  if (look.features) {
    const data = look.features.get(className) ?? { type: "FeatureCollection", features: [] };
    if (source) (source as maplibregl.GeoJSONSource).setData(data);
    else map.addSource(id, { type: "geojson", data });
  } else if (!source && set) map.addSource(id, { type: "vector", url: tileUrl(set.date, set.hash, className) });
}

/** Draw classes; what is on the map already and only looks different is changed in place, without a flash. */
export function draw(map: maplibregl.Map, set: TileSet | null, classes: readonly Drawn[], look: Look): void {
  if (!hasStyle(map)) return;
  const layers = wanted(set, classes, look);
  const sources = new Set(layers.map(({ layer }) => layer.source));
  const kind = look.features ? "geojson" : "vector";
  for (const layer of map.getStyle().layers) {
    const source = "source" in layer ? layer.source : "";
    const stale = !sources.has(source) || map.getSource(source)?.type !== kind || !layers.some((l) => l.layer.id === layer.id);
    if (layer.id.startsWith(PREFIX) && stale) map.removeLayer(layer.id);
  }
  for (const [id, source] of Object.entries(map.getStyle().sources)) {
    if (id.startsWith(PREFIX) && (!sources.has(id) || source.type !== kind)) map.removeSource(id);
  }
  for (const drawn of classes) if (sources.has(sourceOf(drawn.className))) prepareSource(map, set, drawn.className, look);
  const over = map.getStyle().layers.find((layer) => layer.id.startsWith("over-"))?.id;
  const under = firstLabel(map) ?? over;
  let above: { id: string; low: boolean } | null = null;
  for (const { layer, low } of layers.reverse()) {
    const before: string | undefined = above && above.low === low ? above.id : low ? under : (above?.id ?? over);
    if (map.getLayer(layer.id)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name, value);
      map.moveLayer(layer.id, before);
    } else map.addLayer(layer, before);
    above = { id: layer.id, low };
  }
}

/** What of this page lies at a place on the screen, points before lines before areas, each feature once. */
export function featuresAt(map: maplibregl.Map, at: { x: number; y: number }): { className: string; objectId: string; name: string | null }[] {
  const box: [PointLike, PointLike] = [[at.x - 5, at.y - 5], [at.x + 5, at.y + 5]]; // prettier-ignore
  return unique(map.queryRenderedFeatures(box));
}

/** What of this page is on the screen. */
export function featuresInView(map: maplibregl.Map, className: string): { className: string; objectId: string; name: string | null }[] {
  return unique(map.queryRenderedFeatures().filter((f) => classOfLayer(f.layer.id) === className));
}

function unique(found: MapGeoJSONFeature[]): { className: string; objectId: string; name: string | null }[] {
  const order = ["circle", "symbol", "fill-extrusion", "line", "fill"];
  const sorted = found.filter((f) => classOfLayer(f.layer.id)).sort((a, b) => order.indexOf(a.layer.type) - order.indexOf(b.layer.type));
  const out = new Map<string, { className: string; objectId: string; name: string | null }>();
  for (const feature of sorted) {
    const className = classOfLayer(feature.layer.id) ?? "";
    const objectId = String(feature.properties["object_id"]);
    const key = `${className}/${objectId}`;
    if (!out.has(key)) out.set(key, { className, objectId, name: (feature.properties["name"] as string | undefined) ?? null });
  }
  return [...out.values()];
}
