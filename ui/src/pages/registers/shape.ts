/** Geometry as something to be edited: vertices that are moved, added and removed; text of coordinates. */
import type { Geometry, Position } from "geojson";

/** Where a vertex stands: the path of indices to its line or ring, and its place in it. */
export interface Reference {
  path: number[];
  index: number;
}

export interface Vertex extends Reference {
  position: Position;
}

interface Path {
  path: number[];
  positions: Position[];
  closed: boolean;
}

/** Lines and rings of a geometry; a ring without its repeated last position. */
function paths(geometry: Geometry): Path[] {
  const ring = (path: number[], positions: Position[]): Path => ({ path, positions: positions.slice(0, -1), closed: true });
  const line = (path: number[], positions: Position[]): Path => ({ path, positions, closed: false });
  switch (geometry.type) {
    case "Point":
      return [line([], [geometry.coordinates])];
    case "LineString":
      return [line([], geometry.coordinates)];
    case "MultiLineString":
      return geometry.coordinates.map((part, i) => line([i], part));
    case "Polygon":
      return geometry.coordinates.map((part, i) => ring([i], part));
    case "MultiPolygon":
      return geometry.coordinates.flatMap((part, i) => part.map((inner, j) => ring([i, j], inner)));
    default:
      return [];
  }
}

export function vertices(geometry: Geometry): Vertex[] {
  return paths(geometry).flatMap(({ path, positions }) => positions.map((position, index) => ({ path, index, position })));
}

/** Points between vertices, at which a new vertex can be put: `index` is where it would stand. */
export function midpoints(geometry: Geometry): Vertex[] {
  if (geometry.type === "Point") return [];
  return paths(geometry).flatMap(({ path, positions, closed }) =>
    positions.slice(0, closed ? undefined : -1).map((from, i) => {
      const to = positions[(i + 1) % positions.length] ?? from;
      return { path, index: i + 1, position: [((from[0] ?? 0) + (to[0] ?? 0)) / 2, ((from[1] ?? 0) + (to[1] ?? 0)) / 2] };
    }),
  );
}

function same(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

function changed(geometry: Geometry, at: number[], change: (positions: Position[], closed: boolean) => Position[]): Geometry {
  const all = paths(geometry).map((p) => (same(p.path, at) ? { ...p, positions: change([...p.positions], p.closed) } : p));
  const of = (path: number[]): Position[] => {
    const found = all.find((p) => same(p.path, path));
    if (!found) return [];
    return found.closed ? [...found.positions, found.positions[0] ?? [0, 0]] : found.positions;
  };
  switch (geometry.type) {
    case "Point":
      return { type: "Point", coordinates: of([])[0] ?? geometry.coordinates };
    case "LineString":
      return { type: "LineString", coordinates: of([]) };
    case "MultiLineString":
      return { type: "MultiLineString", coordinates: geometry.coordinates.map((_, i) => of([i])) };
    case "Polygon":
      return { type: "Polygon", coordinates: geometry.coordinates.map((_, i) => of([i])) };
    case "MultiPolygon":
      return { type: "MultiPolygon", coordinates: geometry.coordinates.map((part, i) => part.map((_, j) => of([i, j]))) };
    default:
      return geometry;
  }
}

export function moveVertex(geometry: Geometry, { path, index }: Reference, to: Position): Geometry {
  return changed(geometry, path, (positions) => positions.map((p, i) => (i === index ? to : p)));
}

export function insertVertex(geometry: Geometry, { path, index }: Reference, at: Position): Geometry {
  return changed(geometry, path, (positions) => positions.toSpliced(index, 0, at));
}

/** Without one vertex; as it was if too few would be left. */
export function removeVertex(geometry: Geometry, { path, index }: Reference): Geometry {
  return changed(geometry, path, (positions, closed) =>
    positions.length <= (closed ? 3 : geometry.type === "Point" ? 1 : 2) ? positions : positions.toSpliced(index, 1),
  );
}

export type Drawn = "point" | "line" | "polygon";

/** What has been drawn so far; null while there are too few positions. */
export function drawn(kind: Drawn, positions: Position[]): Geometry | null {
  const [first] = positions;
  if (!first) return null;
  if (kind === "point") return { type: "Point", coordinates: first };
  if (kind === "line") return positions.length < 2 ? null : { type: "LineString", coordinates: positions };
  return positions.length < 3 ? null : { type: "Polygon", coordinates: [[...positions, first]] };
}

/** Coordinates, one position a line, an empty line between lines or rings. */
export function toText(geometry: Geometry): string {
  return paths(geometry)
    .map(({ positions }) => positions.map(([x, y]) => `${round(x)}, ${round(y)}`).join("\n"))
    .join("\n\n");
}

function round(degrees: number | undefined): number {
  return Math.round((degrees ?? 0) * 1e7) / 1e7;
}

/** A geometry from coordinates written as text: the structure of `like` where the number of parts fits. */
export function fromText(text: string, kind: Drawn, like: Geometry | null): Geometry | null {
  const blocks = text.split(/\n\s*\n/).map(block).filter((b): b is Position[] => b !== null && b.length > 0);
  if (!blocks.length || text.split(/\n/).some((line) => line.trim() && !position(line))) return null;
  const parts = like ? paths(like) : [];
  if (like && parts.length === blocks.length && parts.length > 1) {
    return parts.reduce((geometry, part, i) => changed(geometry, part.path, () => blocks[i] ?? []), like);
  }
  return drawn(kind, blocks[0] ?? []);
}

function block(text: string): Position[] | null {
  const found = text.split("\n").filter((line) => line.trim()).map(position);
  return found.every((p) => p !== null) ? (found as Position[]) : null;
}

function position(line: string): Position | null {
  const numbers = line.trim().split(/[\s,，;；]+/).map(Number);
  const [x, y] = numbers;
  if (numbers.length !== 2 || x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)) return null;
  return Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [x, y] : null;
}

/** West, south, east, north of a geometry. */
export function boundsOf(geometries: readonly Geometry[]): [number, number, number, number] | null {
  const all = geometries.flatMap(vertices);
  if (!all.length) return null;
  const xs = all.map((v) => v.position[0] ?? 0);
  const ys = all.map((v) => v.position[1] ?? 0);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export function kindOf(geometry: Geometry): Drawn {
  if (geometry.type === "Point" || geometry.type === "MultiPoint") return "point";
  return geometry.type === "LineString" || geometry.type === "MultiLineString" ? "line" : "polygon";
}
