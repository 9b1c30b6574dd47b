/** The state of the City page, shared by its parts; all that matters of it is in the address. */
import { computed, inject, shallowRef, type ComputedRef, type InjectionKey, type ShallowRef, type WritableComputedRef } from "vue";
import type maplibregl from "maplibre-gl";
import { api } from "@/api/client";
import { useLoaded, type Loaded } from "@/app/loading";
import type { Kind, TileSet } from "@/kit/map/base";
import { useAddress, type Address } from "./address";
import type { Drawn } from "./drawing";
import type { Colouring } from "./palette";
import type { Chosen, Classes, FeatureClass, Snapshots } from "./types";

const USUAL = ["building", "school", "hospital"];
const BACKGROUND = ["polygon", "line", "point"] as const;

export interface City {
  address: Address;
  /** Day of the snapshot on the map; empty for the newest. */
  date: WritableComputedRef<string>;
  /** Another day, between snapshots; empty for that of the snapshot. */
  on: WritableComputedRef<string>;
  panel: WritableComputedRef<string>;
  layers: WritableComputedRef<string[]>;
  colouring: WritableComputedRef<Colouring>;
  labels: WritableComputedRef<boolean>;
  chosen: WritableComputedRef<Chosen | null>;
  classes: Loaded<Classes>;
  snapshots: Loaded<Snapshots>;
  /** The day of the snapshot on the map, known once the snapshots are. */
  day: ComputedRef<string>;
  /** The day that is shown. */
  shownDay: ComputedRef<string>;
  map: ShallowRef<maplibregl.Map | null>;
  set: ShallowRef<TileSet | null>;
  /** Counts every time that the map can be drawn on anew. */
  drawings: ShallowRef<number>;
  drawn: ComputedRef<Drawn[]>;
  opacityOf: (className: string) => number;
  setOpacity: (className: string, value: number) => void;
  classNamed: (name: string) => FeatureClass | undefined;
}

export const cityKey: InjectionKey<City> = Symbol("city");

export function useCity(): City {
  const found = inject(cityKey);
  if (!found) throw new Error("outside the City page");
  return found;
}

function kinds(feature: FeatureClass, set: TileSet | null): Kind[] {
  const layer = set?.classes.find((c) => c.name === feature.name);
  if (layer) return layer.geometries;
  return feature.geometry === "any" ? [...BACKGROUND] : feature.geometry === "none" ? [] : [feature.geometry];
}

export function makeCity(): City {
  const address = useAddress();
  const date = address.text("date");
  const layers = address.list("layers", USUAL);
  const opacities = address.text("opacity");
  const map = shallowRef<maplibregl.Map | null>(null);
  const set = shallowRef<TileSet | null>(null);
  const on = address.text("on");
  const classes = useLoaded(() => null, (_, signal) => api.get<Classes>("/api/model/classes", {}, signal));
  const snapshots = useLoaded(() => null, (_, signal) => api.get<Snapshots>("/api/model/snapshots", {}, signal));
  const className = address.text("class");
  const object = address.text("object");
  const colour = address.text("colour", "use");
  const names = address.text("labels", "1");

  const table = computed(() => new Map(opacities.value.split(",").map((part) => part.split(":") as [string, string])));
  const opacityOf = (name: string): number => {
    const value = Number(table.value.get(name) ?? 1);
    return Number.isFinite(value) ? Math.min(1, Math.max(0.05, value)) : 1;
  };
  const classNamed = (name: string): FeatureClass | undefined => classes.data.value?.items.find((c) => c.name === name);
  const day = computed(() => {
    const days = (snapshots.data.value?.items ?? []).map((s) => s.date);
    return days.includes(date.value) ? date.value : (days.at(-1) ?? "");
  });

  return {
    address,
    date,
    on,
    // A link to places that fall short opens their list.
    panel: address.text("panel", address.text("places").value ? "places" : "layers"),
    layers,
    colouring: computed({
      get: () => (["height", "year"].includes(colour.value) ? (colour.value as Colouring) : "use"),
      set: (value) => (colour.value = value),
    }),
    labels: computed({ get: () => names.value !== "0", set: (value) => (names.value = value ? "1" : "0") }),
    chosen: computed({
      get: () => (className.value && object.value ? { className: className.value, objectId: object.value } : null),
      set: (value) => address.patch({ class: value?.className ?? null, object: value?.objectId ?? null }),
    }),
    classes,
    snapshots,
    day,
    shownDay: computed(() => on.value || day.value),
    map,
    set,
    drawings: shallowRef(0),
    drawn: computed(() =>
      layers.value.flatMap((name) => {
        const feature = classNamed(name);
        const layer = set.value?.classes.find((c) => c.name === name);
        return feature ? [{ className: name, opacity: opacityOf(name), geometries: kinds(feature, set.value), minzoom: layer?.minzoom ?? 8, maxzoom: layer?.maxzoom ?? 14 }] : [];
      }),
    ),
    opacityOf,
    setOpacity: (name, value) => {
      const next = new Map(table.value);
      next.delete("");
      if (value >= 1) next.delete(name);
      else next.set(name, value.toFixed(2));
      opacities.value = [...next].map((pair) => pair.join(":")).join(",");
    },
    classNamed,
  };
}
