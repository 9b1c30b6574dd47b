/** Places that fall short on a map: areas filled, everything else a circle as large as what it lacks. */
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { colour } from "@/app/theme";
import { firstLabel, hasStyle } from "@/kit/map/base";
import type { PlacesMap } from "@/pages/programme/types";

const SHAPES = "places-shapes";
const POINTS = "places-points";
const CHOSEN = "places-chosen";
/** Degrees around the outermost place. */
const PAD = 0.002;
export const CLICKABLE = ["places-points", "places-fill"];

export function drawPlaces(map: MapLibre, places: PlacesMap, chosen: string): void {
  if (!hasStyle(map)) return;
  const shapes = places.features.filter((f) => f.geometry && f.geometry.type !== "Point");
  const most = Math.max(1e-9, ...places.features.map((f) => f.properties.amount ?? 0));
  const even = places.features.every((f) => (f.properties.amount ?? 0) === most);
  // Places that all lack the same (each one building) would cover each other at the size of the largest.
  const crowd = Math.min(1, Math.sqrt(40 / Math.max(1, places.features.length)));
  const points = places.features.flatMap((f) => {
    const { id, lon, lat, amount } = f.properties;
    if (lon === null || lat === null) return [];
    // The area of a circle, not its width, is what people compare.
    const size = Math.sqrt(Math.max(amount ?? 0, 0) / most) * (even ? crowd : 1);
    return [{ type: "Feature" as const, geometry: { type: "Point" as const, coordinates: [lon, lat] }, properties: { id, size } }];
  });
  set(map, SHAPES, shapes);
  set(map, POINTS, points);
  if (map.getLayer("places-fill")) {
    choose(map, chosen);
    return;
  }
  const before = firstLabel(map);
  const short = colour("short");
  const size: ExpressionSpecification = ["get", "size"];
  map.addLayer({ id: "places-fill", type: "fill", source: SHAPES, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": short, "fill-opacity": 0.28 } }, before);
  map.addLayer({ id: "places-line", type: "line", source: SHAPES, paint: { "line-color": short, "line-width": 1.4 } }, before);
  map.addLayer({
    id: "places-points",
    type: "circle",
    source: POINTS,
    paint: {
      "circle-color": short,
      "circle-opacity": 0.72,
      "circle-stroke-color": colour("raised"),
      "circle-stroke-width": 1,
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, ["+", 2, ["*", 4, size]], 13, ["+", 3, ["*", 7, size]], 16, ["+", 3, ["*", 10, size]]],
    },
  });
  map.addLayer({ id: "places-chosen", type: "circle", source: POINTS, filter: ["==", ["get", "id"], ""], paint: { "circle-color": "transparent", "circle-stroke-color": colour("ink"), "circle-stroke-width": 3, "circle-radius": 13 } });
  choose(map, chosen);
}

export function choose(map: MapLibre, id: string): void {
  if (map.getLayer(CHOSEN)) map.setFilter(CHOSEN, ["==", ["get", "id"], id]);
}

/** West, south, east, north of all places; null if none of them has a place. */
export function boundsOf(places: PlacesMap): [number, number, number, number] | null {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const extend = (at: unknown): void => {
    if (!Array.isArray(at)) return;
    const [x, y] = at as unknown[];
    if (typeof x === "number" && typeof y === "number") {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    } else at.forEach(extend);
  };
  for (const { geometry } of places.features) if (geometry && "coordinates" in geometry) extend(geometry.coordinates);
  if (!Number.isFinite(box[0])) return null;
  return [box[0] - PAD, box[1] - PAD, box[2] + PAD, box[3] + PAD];
}

function set(map: MapLibre, id: string, features: GeoJSON.Feature<GeoJSON.Geometry | null>[]): void {
  const data = { type: "FeatureCollection", features } as GeoJSON.FeatureCollection;
  const source = map.getSource<GeoJSONSource>(id);
  if (source) source.setData(data);
  else map.addSource(id, { type: "geojson", data });
}
