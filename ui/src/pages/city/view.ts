/** Where the map looks, as a value of the address: longitude, latitude, zoom, pitch, bearing. */
import type maplibregl from "maplibre-gl";

export interface View {
  center: [number, number];
  zoom: number;
  pitch: number;
  bearing: number;
}

export function readView(text: string): View | null {
  const parts = text.split(",").map(Number);
  if (parts.length !== 5 || parts.some((part) => !Number.isFinite(part))) return null;
  const [lon, lat, zoom, pitch, bearing] = parts as [number, number, number, number, number];
  if (Math.abs(lon) > 180 || Math.abs(lat) > 85 || zoom < 0 || zoom > 24) return null;
  return { center: [lon, lat], zoom, pitch: Math.min(70, Math.max(0, pitch)), bearing };
}

export function writeView(map: maplibregl.Map): string {
  const { lng, lat } = map.getCenter();
  return [lng.toFixed(5), lat.toFixed(5), map.getZoom().toFixed(2), map.getPitch().toFixed(0), map.getBearing().toFixed(0)].join(",");
}
