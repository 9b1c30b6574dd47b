/** What the page knows: the question, the edits, and the answers, shared by its panels and its map. */
import type maplibregl from "maplibre-gl";
import { computed, inject, reactive, ref, shallowRef, watch, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from "vue";
import { useRoute, useRouter, type LocationQuery } from "vue-router";
import { api } from "@/api/client";
import { useLoaded, type Loaded } from "@/app/loading";
import type { TileSet } from "@/kit/map/base";
import { decodeEdits, encodeEdits, makeHistory, type History } from "./history";
import type { Ask, Classes, Coverage, Edit, FacilityClass, From, Metric, Mode, Moved, Scenario, Suggestion, WhatIf } from "./types";

export type Tool = "look" | "add" | "remove" | "resize" | "move";
export type Tab = "coverage" | "whatif";

export interface Access {
  date: Ref<string>;
  tab: Ref<Tab>;
  tool: Ref<Tool>;
  ask: Ask;
  /** Position of the distance that is shown. */
  band: Ref<number>;
  history: History;
  /** The edits whose figures are there: what is drawn follows them, so that figures come first. */
  settled: ShallowRef<readonly Edit[]>;
  scenario: ShallowRef<Scenario | null>;
  classes: Loaded<Classes>;
  coverage: Loaded<Coverage | null>;
  facilities: Loaded<GeoJSON.FeatureCollection | null>;
  isochrones: Loaded<GeoJSON.FeatureCollection | null>;
  whatif: Loaded<WhatIf | null>;
  moved: ComputedRef<Moved[]>;
  waiting: Ref<boolean>;
  /** The indicator whose gains are drawn. */
  shown: Ref<string>;
  /** The facility that is chosen: class and identifier. */
  chosen: ShallowRef<{ class: string; id: string } | null>;
  point: ShallowRef<[number, number] | null>;
  map: ShallowRef<maplibregl.Map | null>;
  tiles: ShallowRef<TileSet | null>;
  drawings: Ref<number>;
  classNamed: (name: string) => FacilityClass | undefined;
  apply: (suggestion: Suggestion) => void;
  body: (edits: readonly Edit[]) => Record<string, unknown>;
}

export const accessKey: InjectionKey<Access> = Symbol("access");

export function useAccess(): Access {
  const found = inject(accessKey);
  if (!found) throw new Error("no access page around");
  return found;
}

const one = (query: LocationQuery, name: string): string => (typeof query[name] === "string" ? query[name] : "");
const list = (text: string): string[] => text.split(",").filter(Boolean);

function readAsk(query: LocationQuery): Ask {
  const metres = list(one(query, "metres")).map(Number).filter((m) => m > 0 && m <= 50_000);
  const pick = <T extends string>(name: string, options: readonly T[], fallback: T): T => options.find((o) => o === one(query, name)) ?? fallback;
  return {
    classes: list(one(query, "class")),
    metres: metres.length ? metres.slice(0, 4) : [500],
    metric: pick<Metric>("metric", ["network", "straight"], "network"),
    mode: pick<Mode>("mode", ["walk", "drive"], "walk"),
    measured_from: pick<From>("from", ["boundary", "entrances", "point"], "boundary"),
    min_area_m2: Math.max(0, Number(one(query, "min")) || 0),
    where: one(query, "where"),
    ages: list(one(query, "ages")),
    within: one(query, "within") || "auto",
    public_only: one(query, "closed") !== "1",
  };
}

function writeAsk(ask: Ask): Record<string, string> {
  const out: Record<string, string> = { class: ask.classes.join(","), metres: ask.metres.join(","), metric: ask.metric };
  if (ask.mode !== "walk") out["mode"] = ask.mode;
  if (ask.measured_from !== "boundary") out["from"] = ask.measured_from;
  if (ask.min_area_m2) out["min"] = String(ask.min_area_m2);
  if (ask.where) out["where"] = ask.where;
  if (ask.ages.length) out["ages"] = ask.ages.join(",");
  if (ask.within !== "auto") out["within"] = ask.within;
  if (!ask.public_only) out["closed"] = "1";
  return out;
}

export function makeAccess(): Access {
  const route = useRoute();
  const router = useRouter();
  const date = ref(one(route.query, "date"));
  const tab = ref<Tab>(one(route.query, "tab") === "whatif" || route.query["edits"] || route.query["scenario"] ? "whatif" : "coverage");
  const ask = reactive<Ask>(readAsk(route.query));
  const history = makeHistory();
  history.reset(decodeEdits(one(route.query, "edits")));
  const settled = shallowRef<readonly Edit[]>([]);
  const scenario = shallowRef<Scenario | null>(null);
  const band = ref(0);
  const shown = ref("");
  const waiting = ref(false);
  const on = (): string | null => date.value || null;

  const body = (edits: readonly Edit[]): Record<string, unknown> => ({ ...ask, on: on(), edits });
  const classes = useLoaded(
    () => date.value,
    (day, signal) => api.get<Classes>("/api/access/classes", { on: day }, signal),
  );
  const asked = (): { body: Record<string, unknown>; any: boolean } => ({ body: body(settled.value), any: ask.classes.length > 0 });
  const loaded = <T>(path: string): Loaded<T | null> =>
    useLoaded(asked, async (now, signal) => (now.any ? api.post<T>(path, now.body, signal) : null));
  const coverage = loaded<Coverage>("/api/access/coverage");
  const facilities = loaded<GeoJSON.FeatureCollection>("/api/access/facilities");
  const isochrones = loaded<GeoJSON.FeatureCollection>("/api/access/isochrones");

  const whatif = useLoaded(
    () => ({ edits: history.edits.value, day: date.value }),
    async ({ edits }, signal) => {
      if (!edits.length) {
        settled.value = [];
        waiting.value = false;
        return null;
      }
      try {
        const first = await api.post<WhatIf>("/api/access/whatif", { on: on(), edits }, signal);
        waiting.value = first.pending.length > 0;
        settled.value = edits;
        if (first.pending.length) void more(first, edits);
        return first;
      } catch (error) {
        waiting.value = false;
        throw error;
      }
    },
  );

  /** Ask for the figures that the first answer had no time for. */
  async function more(first: WhatIf, edits: readonly Edit[]): Promise<void> {
    const rest = await api.post<WhatIf>("/api/access/whatif", { on: on(), edits, only: first.pending }).catch(() => null);
    if (history.edits.value !== edits) return;
    waiting.value = false;
    if (rest && whatif.data.value) whatif.data.value = { ...rest, moved: [...first.moved, ...rest.moved], clauses: [...first.clauses, ...rest.clauses], pending: [] };
  }

  const moved = computed(() => {
    const all = [...(whatif.data.value?.moved ?? [])];
    return all.sort((a, b) => a.clause.localeCompare(b.clause, "en", { numeric: true }));
  });

  watch(
    [ask, date, tab, history.edits, scenario],
    () => {
      const query: Record<string, string> = ask.classes.length ? writeAsk(ask) : {};
      if (date.value) query["date"] = date.value;
      if (tab.value === "whatif") query["tab"] = "whatif";
      if (scenario.value) query["scenario"] = String(scenario.value.id);
      else if (history.edits.value.length) query["edits"] = encodeEdits(history.edits.value);
      void router.replace({ query });
    },
    { deep: true },
  );
  // The first visit asks what the programme asks first.
  watch(classes.data, (known) => {
    const first = known?.suggestions.find((s) => s.classes.includes("park") && s.target !== null) ?? known?.suggestions[0];
    if (first && !ask.classes.length) apply(first);
  });
  watch(
    () => ask.metres.length,
    (count) => void (band.value = Math.min(band.value, count - 1)),
  );

  function apply(suggestion: Suggestion): void {
    const { classes: names, metres, metric, mode, measured_from, min_area_m2, where, ages, within } = suggestion;
    Object.assign(ask, { classes: [...names], metres: [metres], metric, mode, measured_from, min_area_m2, where, ages: [...ages], within, public_only: true });
    band.value = 0;
  }

  return {
    date, tab, ask, band, history, settled, scenario, classes, coverage, facilities, isochrones, whatif, moved, waiting, shown, apply, body,
    tool: ref<Tool>("look"),
    chosen: shallowRef(null),
    point: shallowRef(null),
    map: shallowRef(null),
    tiles: shallowRef(null),
    drawings: ref(0),
    classNamed: (name) => classes.data.value?.items.find((item) => item.name === name),
  }; // prettier-ignore
}
