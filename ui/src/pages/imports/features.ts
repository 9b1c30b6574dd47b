/** Features of a file drawn over the base map: points, lines and areas in one source. */
import type { FeatureCollection, Geometry } from "geojson";
import maplibregl, { type ExpressionSpecification, type GeoJSONSource } from "maplibre-gl";
import { firstLabel } from "@/kit/map/base";

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Colours by what happens to a feature; one colour for all where nothing is said. */
function colour(): ExpressionSpecification {
  return ["match", ["get", "kind"], "changed", token("--warn"), "added", token("--met"), token("--accent")];
}

/** Put features on the map or replace those that are there. */
export function drawFeatures(map: maplibregl.Map, id: string, features: FeatureCollection): void {
  const source = map.getSource(id) as GeoJSONSource | undefined;
  if (source) {
    source.setData(features);
    return;
  }
  const before = firstLabel(map);
  map.addSource(id, { type: "geojson", data: features });
  const layer = { source: id, id: "" };
  map.addLayer({ ...layer, id: `${id}-fill`, type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour(), "fill-opacity": 0.35 } }, before);
  map.addLayer({ ...layer, id: `${id}-line`, type: "line", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colour(), "line-width": 2 } }, before);
  map.addLayer(
    {
      ...layer,
      id: `${id}-point`,
      type: "circle",
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": colour(), "circle-radius": 5, "circle-stroke-color": token("--raised"), "circle-stroke-width": 1.5 },
    },
    before,
  );
}

/** Draw the boundary of the county. */
export function drawOutline(map: maplibregl.Map, outline: Geometry | null): void {
  if (!outline || map.getSource("outline")) return;
  map.addSource("outline", { type: "geojson", data: { type: "Feature", properties: {}, geometry: outline } });
  map.addLayer({ id: "outline", source: "outline", type: "line", paint: { "line-color": token("--ink-2"), "line-width": 1.5, "line-dasharray": [3, 2] } }, firstLabel(map));
}

/** Rings around the objects that the model has: the places of the file should lie in them. */
export function drawKnown(map: maplibregl.Map, known: FeatureCollection): void {
  if (map.getSource("known")) return;
  map.addSource("known", { type: "geojson", data: known });
  map.addLayer({
    id: "known",
    source: "known",
    type: "circle",
    paint: { "circle-color": "transparent", "circle-radius": 9, "circle-stroke-color": token("--short"), "circle-stroke-width": 2 },
  });
}

/** A popup with plain text: names come from files of others. */
export function showName(map: maplibregl.Map, at: maplibregl.LngLat, lines: readonly string[]): void {
  const box = document.createElement("div");
  for (const line of lines) {
    const row = document.createElement("div");
    row.textContent = line;
    box.append(row);
  }
  new maplibregl.Popup({ closeButton: false }).setLngLat(at).setDOMContent(box).addTo(map);
}
