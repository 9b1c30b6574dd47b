/** What is drawn over the layers: the chosen feature, changes, findings, measured lines. */
import type maplibregl from "maplibre-gl";
import type { LayerSpecification } from "maplibre-gl";
import { colour } from "@/app/theme";
import { hasStyle } from "@/kit/map/base";
import { CHANGES, HEIGHT } from "./palette";

const PREFIX = "over-";
const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const BY_CHANGE = ["match", ["get", "change"], "added", CHANGES.added, "changed", CHANGES.changed, "closed", CHANGES.closed, "#888888"];

type Name = "changes" | "findings" | "chosen" | "measure";
type Part = Omit<LayerSpecification, "id" | "source"> & { suffix: string };

function parts(name: Name): Part[] {
  const accent = colour("accent");
  const point = ["==", ["geometry-type"], "Point"];
  const area = ["==", ["geometry-type"], "Polygon"];
  if (name === "changes") {
    return [
      { suffix: "area", type: "fill", filter: area, paint: { "fill-color": BY_CHANGE, "fill-opacity": 0.2 } } as unknown as Part,
      { suffix: "line", type: "line", paint: { "line-color": BY_CHANGE, "line-width": 3 } } as unknown as Part,
      { suffix: "volume", type: "fill-extrusion", filter: ["all", area, ["==", ["get", "class"], "building"]], paint: { "fill-extrusion-color": BY_CHANGE, "fill-extrusion-height": 12, "fill-extrusion-opacity": 0.75 } } as unknown as Part,
      { suffix: "point", type: "circle", filter: point, paint: { "circle-color": BY_CHANGE, "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 3, 16, 8], "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 } } as unknown as Part,
    ];
  }
  if (name === "findings") {
    const hue = ["match", ["get", "severity"], "error", colour("danger"), "warning", colour("warn"), colour("nodata")];
    return [{ suffix: "point", type: "circle", paint: { "circle-color": hue, "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 3, 15, 7], "circle-stroke-color": colour("raised"), "circle-stroke-width": 1.5 } } as unknown as Part];
  }
  if (name === "chosen") {
    return [
      { suffix: "area", type: "fill", filter: area, paint: { "fill-color": accent, "fill-opacity": 0.25 } } as unknown as Part,
      { suffix: "volume", type: "fill-extrusion", filter: ["==", ["get", "class"], "building"], paint: { "fill-extrusion-color": accent, "fill-extrusion-height": ["+", 0.6, HEIGHT], "fill-extrusion-opacity": 0.9 } } as unknown as Part,
      { suffix: "halo", type: "line", filter: ["!", point], paint: { "line-color": colour("raised"), "line-width": 6, "line-opacity": 0.8 } } as unknown as Part,
      { suffix: "line", type: "line", filter: ["!", point], paint: { "line-color": accent, "line-width": 3 } } as unknown as Part,
      { suffix: "point", type: "circle", filter: point, paint: { "circle-color": "rgba(0,0,0,0)", "circle-radius": 15, "circle-stroke-color": accent, "circle-stroke-width": 4 } } as unknown as Part,
    ];
  }
  return [
    { suffix: "area", type: "fill", filter: area, paint: { "fill-color": accent, "fill-opacity": 0.15 } } as unknown as Part,
    { suffix: "line", type: "line", filter: ["!", point], paint: { "line-color": accent, "line-width": 2.5, "line-dasharray": [2, 1.5] } } as unknown as Part,
    { suffix: "point", type: "circle", filter: point, paint: { "circle-color": colour("raised"), "circle-radius": 4.5, "circle-stroke-color": accent, "circle-stroke-width": 2.5 } } as unknown as Part,
  ];
}

/** Show something over the layers; null takes it away. */
export function overlay(map: maplibregl.Map, name: Name, data: GeoJSON.FeatureCollection | null): void {
  if (!hasStyle(map)) return;
  const id = `${PREFIX}${name}`;
  const source = map.getSource<maplibregl.GeoJSONSource>(id);
  if (source) {
    source.setData(data ?? NOTHING);
    for (const layer of map.getStyle().layers) if (layer.id.startsWith(`${id}/`)) map.moveLayer(layer.id);
    return;
  }
  if (!data) return;
  map.addSource(id, { type: "geojson", data });
  for (const { suffix, ...part } of parts(name)) map.addLayer({ ...part, id: `${id}/${suffix}`, source: id } as LayerSpecification);
}

export function points(items: { lon: number | null; lat: number | null }[], properties: (index: number) => Record<string, unknown>): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: items.flatMap((item, i) =>
      item.lon === null || item.lat === null ? [] : [{ type: "Feature", geometry: { type: "Point", coordinates: [item.lon, item.lat] }, properties: properties(i) }],
    ),
  };
}
