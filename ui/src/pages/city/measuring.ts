/** Lengths and areas on the ground: on the sphere of the earth's mean radius, within 0.3 % of the ellipsoid. */

export type Place = [lon: number, lat: number];
const RADIUS = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres along great circles. */
export function lengthOf(path: readonly Place[]): number {
  let sum = 0;
  for (let i = 1; i < path.length; i++) {
    const [lon1, lat1] = path[i - 1] as Place;
    const [lon2, lat2] = path[i] as Place;
    const a = Math.sin(radians(lat2 - lat1) / 2) ** 2 + Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * Math.sin(radians(lon2 - lon1) / 2) ** 2;
    sum += 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(a)));
  }
  return sum;
}

/** Square metres within a ring that closes itself. */
export function areaOf(ring: readonly Place[]): number {
  let sum = 0;
  for (let i = 0; i < ring.length; i++) {
    const [lon1, lat1] = ring[i] as Place;
    const [lon2, lat2] = ring[(i + 1) % ring.length] as Place;
    sum += radians(lon2 - lon1) * (2 + Math.sin(radians(lat1)) + Math.sin(radians(lat2)));
  }
  return Math.abs((sum * RADIUS * RADIUS) / 2);
}

export function lengthText(metres: number): string {
  return metres < 1000 ? `${metres.toFixed(metres < 100 ? 1 : 0)} m` : `${(metres / 1000).toFixed(2)} km`;
}

export function areaText(squareMetres: number): string {
  if (squareMetres >= 1e6) return `${(squareMetres / 1e6).toFixed(3)} km²`;
  return squareMetres >= 1e5 ? `${(squareMetres / 1e4).toFixed(2)} ha` : `${squareMetres.toFixed(0)} m²`;
}

/** What is drawn of the measured places. */
export function drawing(places: readonly Place[], kind: "length" | "area"): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = places.map((place) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: place } }));
  if (kind === "area" && places.length > 2) {
    features.unshift({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...places, places[0] as Place]] } });
  } else if (places.length > 1) {
    features.unshift({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [...places] } });
  }
  return { type: "FeatureCollection", features };
}
