/** What the page draws over the base map: reach, residents in squares and buildings, facilities, edits, gains. */
import type maplibregl from "maplibre-gl";
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { colour } from "@/app/theme";
import { firstLabel, FONT, tileUrl, type TileSet } from "@/kit/map/base";
import type { Coverage, Gain, Nearest, Places, Step } from "./types";

export const NEAR_ZOOM = 14.2;
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const SOURCES = ["access-reach", "access-cells", "access-facilities", "access-edits", "access-gains", "access-ways"] as const;
type SourceName = (typeof SOURCES)[number];
const HOMES = "access-homes";

function layer(map: maplibregl.Map, spec: Record<string, unknown> & { id: string }, before?: string): void {
  if (!map.getLayer(spec.id)) map.addLayer(spec as unknown as LayerSpecification, before);
}

/** The colour of a share of residents covered, from none to all. */
function share(value: ExpressionSpecification): ExpressionSpecification {
  return ["interpolate", ["linear"], value, 0, colour("short"), 0.5, colour("cover-mid"), 1, colour("met")];
}

const point: ExpressionSpecification = ["==", ["geometry-type"], "Point"];
const area: ExpressionSpecification = ["!=", ["geometry-type"], "Point"];

/** Make sources and layers, once for each style. */
export function prepare(map: maplibregl.Map, set: TileSet | null): void {
  for (const name of SOURCES) if (!map.getSource(name)) map.addSource(name, { type: "geojson", data: EMPTY });
  const labels = firstLabel(map);
  const accent = colour("accent");
  layer(map, { id: "access-reach-fill", type: "fill", source: "access-reach", paint: { "fill-color": accent, "fill-opacity": 0.08 } }, labels);
  layer(map, { id: "access-reach-line", type: "line", source: "access-reach", layout: { "line-join": "round" }, paint: { "line-color": accent, "line-width": 1.6, "line-opacity": 0.85 } }, labels);
  layer(map, {
    id: "access-cells-fill", type: "fill", source: "access-cells", maxzoom: NEAR_ZOOM + 0.4,
    paint: {
      "fill-color": share(["get", "share"]),
      "fill-opacity": ["interpolate", ["linear"], ["zoom"], 9, ["*", 0.9, ["get", "weight"]], NEAR_ZOOM - 0.6, ["*", 0.7, ["get", "weight"]], NEAR_ZOOM + 0.4, 0],
      "fill-antialias": false,
    },
  }, labels); // prettier-ignore
  if (set?.classes.some((c) => c.name === "building")) {
    // The base map leaves buildings to this page: two sources would fetch every tile twice.
    if (!map.getSource(HOMES)) map.addSource(HOMES, { type: "vector", url: tileUrl(set.date, set.hash, "building"), promoteId: "object_id" });
    layer(map, { id: "access-building-fill", type: "fill", source: HOMES, "source-layer": "building", minzoom: 12, paint: { "fill-color": colour("map-building"), "fill-outline-color": colour("map-road-edge") } }, "access-reach-fill");
    const state: ExpressionSpecification = ["feature-state", "covered"];
    layer(map, {
      id: "access-homes-fill", type: "fill", source: HOMES, "source-layer": "building", minzoom: NEAR_ZOOM - 0.4,
      paint: {
        "fill-color": ["case", ["==", state, true], colour("met"), ["==", state, false], colour("short"), colour("map-building")],
        "fill-opacity": ["case", ["==", state, null], 0, 0.85],
      },
    }, labels); // prettier-ignore
  }
  const counted: ExpressionSpecification = ["case", ["get", "counted"], 1, 0.35];
  layer(map, { id: "access-facilities-fill", type: "fill", source: "access-facilities", filter: area, paint: { "fill-color": accent, "fill-opacity": ["*", 0.3, counted] } }, labels);
  layer(map, { id: "access-facilities-line", type: "line", source: "access-facilities", filter: area, paint: { "line-color": accent, "line-width": 1.5, "line-opacity": counted } }, labels);
  layer(map, { id: "access-gains-dot", type: "circle", source: "access-gains", paint: { "circle-color": ["case", [">", ["get", "change"], 0], colour("gain"), colour("danger")], "circle-radius": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 1.6, 14, 4, 18, 10], "circle-stroke-color": colour("raised"), "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 11, 0, 14, 1] } });
  layer(map, { id: "access-ways-edge", type: "line", source: "access-ways", filter: ["==", ["geometry-type"], "LineString"], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour("raised"), "line-width": 6 } });
  layer(map, { id: "access-ways-line", type: "line", source: "access-ways", filter: ["==", ["geometry-type"], "LineString"], layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": accent, "line-width": 3.5 } });
  layer(map, { id: "access-facilities-dot", type: "circle", source: "access-facilities", filter: point, paint: { "circle-color": accent, "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 3, 14, 7], "circle-stroke-color": colour("raised"), "circle-stroke-width": 1.5, "circle-opacity": counted, "circle-stroke-opacity": counted } });
  const hue: ExpressionSpecification = ["match", ["get", "op"], "remove", colour("danger"), colour("gain")];
  layer(map, { id: "access-edits-fill", type: "fill", source: "access-edits", filter: area, paint: { "fill-color": hue, "fill-opacity": 0.4 } });
  layer(map, { id: "access-edits-line", type: "line", source: "access-edits", filter: area, paint: { "line-color": hue, "line-width": 2.5, "line-dasharray": [2, 1] } });
  layer(map, { id: "access-edits-dot", type: "circle", source: "access-edits", filter: point, paint: { "circle-color": hue, "circle-radius": 9, "circle-stroke-color": colour("raised"), "circle-stroke-width": 2.5 } });
  layer(map, { id: "access-edits-sign", type: "symbol", source: "access-edits", filter: point, layout: { "text-field": ["get", "sign"], "text-font": FONT, "text-size": 13, "text-allow-overlap": true, "text-ignore-placement": true }, paint: { "text-color": colour("raised") } });
  layer(map, { id: "access-ways-place", type: "circle", source: "access-ways", filter: point, paint: { "circle-color": colour("raised"), "circle-radius": 7, "circle-stroke-color": accent, "circle-stroke-width": 4 } });
}

function put(map: maplibregl.Map, name: SourceName, data: GeoJSON.FeatureCollection | null): void {
  const source = map.getSource(name);
  if (source) (source as maplibregl.GeoJSONSource).setData(data ?? EMPTY);
}

/** The reach; the boundary of the distance that is shown stands out. */
export function drawReach(map: maplibregl.Map, data: GeoJSON.FeatureCollection | null, metres: number): void {
  put(map, "access-reach", data);
  const now: ExpressionSpecification = ["==", ["get", "metres"], metres];
  map.setPaintProperty("access-reach-line", "line-width", ["case", now, 2.4, 1]);
  map.setPaintProperty("access-reach-line", "line-opacity", ["case", now, 1, 0.5]);
  map.setPaintProperty("access-reach-fill", "fill-opacity", ["case", now, 0.1, 0.04]);
}

export function drawFacilities(map: maplibregl.Map, data: GeoJSON.FeatureCollection | null): void {
  put(map, "access-facilities", data);
}

/** Squares coloured by the share of their residents that is covered; the fuller, the stronger. */
export function drawCells(map: maplibregl.Map, coverage: Coverage | null, band: number): void {
  const cells = coverage?.cells;
  const covered = cells?.covered[band];
  if (!cells || !covered) return put(map, "access-cells", null);
  const most = Math.log1p(Math.max(...cells.persons));
  const features = cells.persons.map((persons, i): GeoJSON.Feature => {
    const [a, b, c, d, e, f, g, h] = cells.corners.slice(8 * i, 8 * i + 8) as [number, number, number, number, number, number, number, number];
    return {
      type: "Feature",
      geometry: { type: "Polygon", coordinates: [[[a, b], [c, d], [e, f], [g, h], [a, b]]] }, // prettier-ignore
      properties: { share: persons > 0 ? (covered[i] ?? 0) / persons : 0, weight: 0.35 + (0.65 * Math.log1p(persons)) / most },
    };
  });
  put(map, "access-cells", { type: "FeatureCollection", features });
}

/** Colour the buildings of the window by whether they are covered. */
export function colourHomes(map: maplibregl.Map, places: Places | null, band: number): void {
  if (!map.getSource(HOMES)) return;
  map.removeFeatureState({ source: HOMES, sourceLayer: "building" });
  places?.ids.forEach((id, i) => {
    const at = places.band[i] ?? -1;
    map.setFeatureState({ source: HOMES, sourceLayer: "building", id }, { covered: at >= 0 && at <= band });
  });
}

function middle(geometry: GeoJSON.Geometry): [number, number] | null {
  const points: GeoJSON.Position[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      if (typeof value[0] === "number") points.push(value as GeoJSON.Position);
      else value.forEach(walk);
    }
  };
  if (geometry.type !== "GeometryCollection") walk(geometry.coordinates);
  if (!points.length) return null;
  const mean = (axis: 0 | 1): number => points.reduce((sum, p) => sum + (p[axis] ?? 0), 0) / points.length;
  return [mean(0), mean(1)];
}

const SIGNS: Record<string, string> = { add: "+", remove: "−", resize: "↔", move: "→" };

/** The edits: where something is new, changed or gone. */
export function drawEdits(map: maplibregl.Map, steps: readonly Step[]): void {
  const last = new Map<string, Step>();
  for (const step of steps) last.set(`${step.feature_class}/${step.id}`, step);
  const features: GeoJSON.Feature[] = [];
  for (const step of last.values()) {
    const geometry = step.after ?? step.before;
    const centre = geometry && middle(geometry);
    if (!geometry || !centre) continue;
    const properties = { op: step.op, sign: SIGNS[step.op] ?? "", class: step.feature_class, object_id: step.id };
    if (geometry.type !== "Point") features.push({ type: "Feature", geometry, properties });
    features.push({ type: "Feature", geometry: { type: "Point", coordinates: centre }, properties });
  }
  put(map, "access-edits", { type: "FeatureCollection", features });
}

export function drawGain(map: maplibregl.Map, gain: Gain | null): void {
  const features = (gain?.lon ?? []).map((lon, i): GeoJSON.Feature => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, gain?.lat[i] ?? 0] }, properties: { change: gain?.change[i] ?? 0 } }));
  put(map, "access-gains", { type: "FeatureCollection", features });
}

export function drawWays(map: maplibregl.Map, place: [number, number] | null, chosen: Nearest | null): void {
  const features: GeoJSON.Feature[] = [];
  if (place) features.push({ type: "Feature", geometry: { type: "Point", coordinates: place }, properties: {} });
  if (chosen?.route) features.push({ type: "Feature", geometry: chosen.route, properties: {} });
  put(map, "access-ways", { type: "FeatureCollection", features });
}

/** The facility at a place on the screen: an edited one before one of the map. */
export function facilityAt(map: maplibregl.Map, at: { x: number; y: number }): { class: string; id: string; name: string | null } | null {
  const layers = ["access-edits-dot", "access-edits-fill", "access-facilities-dot", "access-facilities-fill"].filter((id) => map.getLayer(id));
  const [found] = map.queryRenderedFeatures([[at.x - 6, at.y - 6], [at.x + 6, at.y + 6]], { layers }); // prettier-ignore
  if (!found) return null;
  const { class: name, object_id: id, name: title } = found.properties as { class: string; object_id: string; name?: string };
  return { class: name, id, name: title ?? null };
}
