import { describe, expect, it } from "vitest";
import type { Geometry, Polygon } from "geojson";
import { boundsOf, drawn, fromText, insertVertex, midpoints, moveVertex, removeVertex, toText, vertices } from "./shape";

const square: Polygon = { type: "Polygon", coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] };
const holed: Geometry = { type: "MultiPolygon", coordinates: [[[[0, 0], [9, 0], [9, 9], [0, 0]], [[1, 0.5], [2, 0.5], [2, 1], [1, 0.5]]]] };

describe("editing a shape", () => {
  it("keeps a ring closed when its first vertex moves", () => {
    const moved = moveVertex(square, { path: [0], index: 0 }, [-1, -1]) as Polygon;
    expect(moved.coordinates[0]?.[0]).toEqual([-1, -1]);
    expect(moved.coordinates[0]?.at(-1)).toEqual([-1, -1]);
    expect(vertices(moved)).toHaveLength(4);
  });
  it("puts a vertex between the last and the first", () => {
    const last = midpoints(square).at(-1);
    expect(last?.position).toEqual([0, 1]);
    const more = insertVertex(square, last ?? { path: [0], index: 0 }, [-1, 1]);
    expect(vertices(more).map((v) => v.position)).toEqual([[0, 0], [2, 0], [2, 2], [0, 2], [-1, 1]]);
  });
  it("never leaves fewer than three corners", () => {
    const triangle = removeVertex(square, { path: [0], index: 1 });
    expect(vertices(triangle)).toHaveLength(3);
    expect(removeVertex(triangle, { path: [0], index: 0 })).toEqual(triangle);
  });
  it("leaves the other rings alone", () => {
    const moved = moveVertex(holed, { path: [0, 1], index: 2 }, [2, 1.5]);
    expect(vertices(moved).map((v) => v.position)).toEqual([[0, 0], [9, 0], [9, 9], [1, 0.5], [2, 0.5], [2, 1.5]]);
  });
});

describe("coordinates as text", () => {
  it.each([square, holed, { type: "Point", coordinates: [110.5, 40.5] } as Geometry, { type: "LineString", coordinates: [[0, 0], [1, 1]] } as Geometry])(
    "come back as they were: $type",
    (geometry) => {
      const kind = geometry.type === "Point" ? "point" : geometry.type === "LineString" ? "line" : "polygon";
      expect(fromText(toText(geometry), kind, geometry)).toEqual(geometry);
    },
  );
  it.each(["", "abc", "200, 10", "1", "1, 2, 3", "1, 2\n3, x"])("refuse %j", (text) => {
    expect(fromText(text, "line", null)).toBeNull();
  });
});

describe("drawing", () => {
  it("is nothing while there are too few positions", () => {
    expect(drawn("polygon", [[0, 0], [1, 0]])).toBeNull();
    expect(drawn("line", [[0, 0]])).toBeNull();
    expect(drawn("polygon", [[0, 0], [1, 0], [1, 1]])).toEqual({ type: "Polygon", coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] });
  });
  it("has bounds", () => expect(boundsOf([square, { type: "Point", coordinates: [5, -1] }])).toEqual([0, -1, 5, 2]));
});
