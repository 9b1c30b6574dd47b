/** The features of a day between snapshots, asked of the model itself for the layers that are drawn. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { api, Problem } from "@/api/client";
import { tellProblem } from "@/kit/toast";
import type { City } from "./city";
import type { At } from "./types";

const MOST = 5000;

export interface Day {
  /** Class → features; null while a snapshot is shown. */
  features: ShallowRef<Map<string, At> | null>;
  /** Class → how many there are on that day in the whole county. */
  counts: ShallowRef<Map<string, number>>;
  /** Classes of which there are too many even within the map. */
  capped: Ref<string[]>;
  working: Ref<boolean>;
}

export function useDay(city: City): Day {
  const features = shallowRef<Map<string, At> | null>(null);
  const counts = shallowRef<Map<string, number>>(new Map());
  const capped = ref<string[]>([]);
  const working = ref(false);
  let controller: AbortController | null = null;

  async function one(className: string, on: string, signal: AbortSignal): Promise<{ all: number; found: At }> {
    const asked = { class: className, on, limit: MOST };
    const whole = await api.get<At>("/api/model/at", asked, signal);
    if (!whole.capped || !city.map.value) return { all: whole.numberMatched, found: whole };
    const bounds = city.map.value.getBounds();
    const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((v) => v.toFixed(6)).join(",");
    return { all: whole.numberMatched, found: await api.get<At>("/api/model/at", { ...asked, bbox }, signal) };
  }

  async function load(): Promise<void> {
    controller?.abort();
    const on = city.on.value;
    if (!on) {
      features.value = null;
      capped.value = [];
      working.value = false;
      return;
    }
    const mine = (controller = new AbortController());
    working.value = true;
    try {
      const answers = await Promise.all(city.layers.value.map(async (name) => [name, await one(name, on, mine.signal)] as const));
      if (mine.signal.aborted) return;
      counts.value = new Map(answers.map(([name, answer]) => [name, answer.all]));
      capped.value = answers.filter(([, answer]) => answer.found.capped).map(([name]) => name);
      features.value = new Map(answers.map(([name, answer]) => [name, answer.found]));
    } catch (error) {
      if (error instanceof Problem) tellProblem(error);
      else if (!mine.signal.aborted) throw error;
    } finally {
      if (controller === mine) working.value = false;
    }
  }

  /** After the map moved, what was cut to the map must be asked for again. */
  function moved(): void {
    const cut = [...(features.value ?? [])].some(([name, found]) => found.capped || found.numberMatched < (counts.value.get(name) ?? 0));
    if (city.on.value && cut) void load();
  }

  watch(() => [city.on.value, city.layers.value.join()] as const, () => void load(), { immediate: true });
  watch(city.map, (map, before) => {
    before?.off("moveend", moved);
    map?.on("moveend", moved);
  });
  onScopeDispose(() => controller?.abort());
  return { features, counts, capped, working };
}
