/** Editing one geometry on a MapLibre map: drag vertices, click between them for a new one, draw from nothing. */
import type { GeoJSONSource, Map as Maplibre, MapMouseEvent, MapTouchEvent } from "maplibre-gl";
import type { Feature, Geometry, Position } from "geojson";
import { colour } from "@/app/theme";
import { drawn, insertVertex, midpoints, moveVertex, removeVertex, vertices, type Drawn, type Reference } from "./shape";

const SOURCE = "register-edit";
const LAYERS = ["fill", "line", "middle", "vertex"].map((name) => `${SOURCE}-${name}`);
const [, , MIDDLE, VERTEX] = LAYERS as [string, string, string, string];

export class ShapeEditor {
  private geometry: Geometry | null = null;
  private sketch: Position[] = [];
  private drawing: Drawn | null = null;
  private dragged: Reference | null = null;

  constructor(
    private readonly map: Maplibre,
    private readonly changed: (geometry: Geometry) => void,
  ) {}

  /** Put the layers on the map, again after its style changed. */
  attach(): void {
    const { map } = this;
    if (!map.getSource(SOURCE)) map.addSource(SOURCE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const accent = colour("accent");
    const raised = colour("raised");
    const part = (value: string) => ["==", ["get", "part"], value] as never;
    if (!map.getLayer(VERTEX)) {
      map.addLayer({ id: LAYERS[0] ?? "", type: "fill", source: SOURCE, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": accent, "fill-opacity": 0.2 } });
      map.addLayer({ id: LAYERS[1] ?? "", type: "line", source: SOURCE, filter: part("shape"), paint: { "line-color": accent, "line-width": 2.5 } });
      map.addLayer({ id: MIDDLE, type: "circle", source: SOURCE, filter: part("middle"), paint: { "circle-radius": 4, "circle-color": raised, "circle-opacity": 0.9, "circle-stroke-color": accent, "circle-stroke-width": 1 } });
      map.addLayer({ id: VERTEX, type: "circle", source: SOURCE, filter: part("vertex"), paint: { "circle-radius": 7, "circle-color": accent, "circle-stroke-color": raised, "circle-stroke-width": 2 } });
      this.unlisten();
      for (const layer of [MIDDLE, VERTEX]) {
        map.on("mousedown", layer, this.take);
        map.on("touchstart", layer, this.take);
        map.on("mouseenter", layer, this.grab);
        map.on("mouseleave", layer, this.release);
      }
      map.on("contextmenu", VERTEX, this.remove);
      map.on("click", this.click);
      map.on("dblclick", this.finish);
    }
    this.draw();
  }

  detach(): void {
    const { map } = this;
    this.unlisten();
    map.getCanvas().style.cursor = "";
    if (!map.style) return;
    for (const layer of [...LAYERS].reverse()) if (map.getLayer(layer)) map.removeLayer(layer);
    if (map.getSource(SOURCE)) map.removeSource(SOURCE);
  }

  /** A new style loses the layers, not who listens. */
  private unlisten(): void {
    const { map } = this;
    for (const layer of [MIDDLE, VERTEX]) {
      map.off("mousedown", layer, this.take);
      map.off("touchstart", layer, this.take);
      map.off("mouseenter", layer, this.grab);
      map.off("mouseleave", layer, this.release);
    }
    map.off("contextmenu", VERTEX, this.remove);
    map.off("click", this.click);
    map.off("dblclick", this.finish);
  }

  show(geometry: Geometry | null): void {
    this.geometry = geometry;
    this.draw();
  }

  /** Draw anew: clicks set positions, a double click ends a line or an area. */
  begin(kind: Drawn): void {
    this.drawing = kind;
    this.sketch = [];
    this.geometry = null;
    this.map.getCanvas().style.cursor = "crosshair";
    this.map.doubleClickZoom.disable();
    this.draw();
  }

  private draw(): void {
    const features: Feature[] = [];
    const shape = this.geometry ?? (this.drawing ? drawn(this.drawing === "polygon" && this.sketch.length < 3 ? "line" : this.drawing, this.sketch) : null);
    if (shape && shape.type !== "Point") features.push({ type: "Feature", properties: { part: "shape" }, geometry: shape });
    const point = (part: string, path: number[], index: number, position: Position): Feature => ({
      type: "Feature",
      properties: { part, path: JSON.stringify(path), index },
      geometry: { type: "Point", coordinates: position },
    });
    if (this.geometry) {
      features.push(...midpoints(this.geometry).map((v) => point("middle", v.path, v.index, v.position)));
      features.push(...vertices(this.geometry).map((v) => point("vertex", v.path, v.index, v.position)));
    } else features.push(...this.sketch.map((position, i) => point("vertex", [], i, position)));
    (this.map.getSource(SOURCE) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features });
  }

  private set(geometry: Geometry): void {
    this.geometry = geometry;
    this.draw();
    this.changed(geometry);
  }

  private reference(event: MapMouseEvent | MapTouchEvent): { reference: Reference; part: string } | null {
    const [found] = this.map.queryRenderedFeatures(event.point, { layers: [VERTEX, MIDDLE] });
    if (!found) return null;
    const { path, index, part } = found.properties as { path: string; index: number; part: string };
    return { reference: { path: JSON.parse(path) as number[], index }, part };
  }

  private readonly grab = (): void => {
    if (!this.drawing) this.map.getCanvas().style.cursor = "move";
  };

  private readonly release = (): void => {
    if (!this.drawing) this.map.getCanvas().style.cursor = "";
  };

  private readonly take = (event: MapMouseEvent | MapTouchEvent): void => {
    if (this.drawing || !this.geometry || this.dragged) return;
    const found = this.reference(event);
    if (!found) return;
    event.preventDefault();
    const at: Position = [event.lngLat.lng, event.lngLat.lat];
    if (found.part === "middle") this.set(insertVertex(this.geometry, found.reference, at));
    this.dragged = found.reference;
    this.map.on("mousemove", this.drag);
    this.map.on("touchmove", this.drag);
    this.map.once("mouseup", this.drop);
    this.map.once("touchend", this.drop);
  };

  private readonly drag = (event: MapMouseEvent | MapTouchEvent): void => {
    if (this.dragged && this.geometry) this.set(moveVertex(this.geometry, this.dragged, [event.lngLat.lng, event.lngLat.lat]));
  };

  private readonly drop = (): void => {
    this.dragged = null;
    this.map.off("mousemove", this.drag);
    this.map.off("touchmove", this.drag);
  };

  private readonly remove = (event: MapMouseEvent): void => {
    const found = this.reference(event);
    event.preventDefault();
    if (found && this.geometry) this.set(removeVertex(this.geometry, found.reference));
  };

  private readonly click = (event: MapMouseEvent): void => {
    if (!this.drawing) return;
    this.sketch = [...this.sketch, [event.lngLat.lng, event.lngLat.lat]];
    if (this.drawing === "point") this.end();
    else this.draw();
  };

  private readonly finish = (event: MapMouseEvent): void => {
    if (!this.drawing) return;
    event.preventDefault();
    // A double click is two clicks before: its second position is the first's.
    this.sketch = this.sketch.slice(0, -1);
    this.end();
  };

  /** End drawing; what has too few positions is drawn on. */
  end(): void {
    const shape = this.drawing && drawn(this.drawing, this.sketch);
    if (!shape) return;
    this.drawing = null;
    this.map.getCanvas().style.cursor = "";
    setTimeout(() => this.map.doubleClickZoom.enable(), 300);
    this.set(shape);
  }
}
