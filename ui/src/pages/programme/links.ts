/** Where else an indicator can be looked at. */
import type { RouteLocationRaw } from "vue-router";
import type { ClauseDetail, Indicator, Place } from "@/pages/programme/types";

const one = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(",") : value === undefined || value === null ? "" : String(value));

/** The what-if page with this indicator's facilities and distance; null where distance plays no part. */
export function whatIf(indicator: Indicator): RouteLocationRaw | null {
  const { of, metres, metric } = indicator.params;
  if (!indicator.measure?.startsWith("access.") || !of || metres === undefined) return null;
  return { name: "access", query: { class: one(of), metres: one(metres), metric: one(metric) || "network" } };
}

/** All places of an indicator on the city map. */
export function onCity(clause: ClauseDetail, indicator: Indicator): RouteLocationRaw {
  return { name: "city", query: { date: clause.snapshot_as_of, places: `${clause.id}/${indicator.id}` } };
}

export function placeOnCity(clause: ClauseDetail, place: Place): RouteLocationRaw {
  return { name: "city", query: { date: clause.snapshot_as_of, class: place.class, object: place.id } };
}

export function inRegister(className: string, objectId: string): RouteLocationRaw {
  return { name: "registers", params: { className, objectId } };
}

export function registerOf(className: string): RouteLocationRaw {
  return { name: "registers", params: { className } };
}
