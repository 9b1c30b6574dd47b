/** Registers as the API shows them. */
import type { Geometry } from "geojson";
import { address, api, type Parameters } from "@/api/client";
import { number, say, t, type Text } from "@/app/language";

export type GeometryKind = "point" | "line" | "polygon" | "any" | "none";
export type Value = string | number | boolean | null;
export type Values = Record<string, Value>;

export interface Register {
  name: string;
  title: Text;
  cim_class: string;
  cim_title: Text;
  geometry: GeometryKind;
  bureaus: { id: string; title: Text }[];
  own: boolean;
  editable: boolean;
}

export interface RegisterCount extends Register {
  count: number;
  changed_at: string | null;
}

export interface Attribute {
  name: string;
  title: Text;
  type: "text" | "integer" | "number" | "boolean" | "date" | "code" | "codes" | "json";
  unit: string | null;
  unit_title: Text | null;
  required: boolean;
  minimum: number | null;
  maximum: number | null;
  codes: { code: string; title: Text }[];
}

export interface Definition extends Register {
  attributes: Attribute[];
}

export interface Item {
  object_id: string;
  valid_from: string;
  valid_to: string | null;
  recorded_from: string;
  source: string;
  attributes: Values;
  geometry: Geometry | null;
}

export interface Items {
  items: Item[];
  total: number | null;
  more: boolean;
  limit: number;
  offset: number;
  on: string;
}

export interface Finding {
  check: string;
  title: Text;
  severity: "error" | "warning" | "info";
  detail: Text | null;
  as_of: string;
}

export interface ItemDetail extends Item {
  version: string;
  closed: boolean;
  editable: boolean;
  reason: string;
  later: string[];
  findings: Finding[] | null;
}

export interface Difference {
  field: string;
  before: Value;
  after: Value;
}

export interface Version {
  valid_from: string;
  valid_to: string | null;
  recorded_from: string;
  recorded_to: string | null;
  source: string;
  reason: string;
  change: number | null;
  kind: string;
  who: string;
  attributes: Values;
  geometry: Geometry | null;
  changed: Difference[];
  first: boolean;
}

export interface Change {
  id: number;
  recorded_at: string;
  kind: string;
  source: string;
  reason: string;
  who: string;
  file: string | null;
  valid_from: string | null;
  classes: { name: string; title: Text; recorded: number; superseded: number }[];
}

export interface ChangePreview extends Change {
  objects: { class_name: string; object_id: string; name: string | null; added: boolean; fields: string[] }[];
  blocked_by: Change[];
  may_undo: boolean;
}

export interface Saved {
  change: number | null;
  item: ItemDetail;
}

export function path(className: string, ...parts: string[]): string {
  return `/api/registers/${[className, ...parts].map((part) => part.split("/").map(encodeURIComponent).join("/")).join("/")}`;
}

export const registers = {
  list: (signal?: AbortSignal) => api.get<{ items: RegisterCount[] }>("/api/registers", {}, signal),
  definition: (name: string, signal?: AbortSignal) => api.get<Definition>(path(name, "definition"), {}, signal),
  items: (name: string, parameters: Parameters, signal?: AbortSignal) => api.get<Items>(path(name, "items"), parameters, signal),
  item: (name: string, id: string, parameters: Parameters = {}, signal?: AbortSignal) =>
    api.get<ItemDetail>(path(name, "items", id), parameters, signal),
  history: (name: string, id: string, signal?: AbortSignal) =>
    api.get<{ items: Version[] }>(path(name, "items", id, "history"), {}, signal),
  change: (id: number, signal?: AbortSignal) => api.get<ChangePreview>(`/api/registers/changes/${id}`, {}, signal),
  undo: (id: number, reason: string) => api.post<{ change: number }>(`/api/registers/changes/${id}/undo`, { reason }),
};

export { address };

/** Today, as the calendar of this machine says. */
export function today(): string {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

/** What people read of a value. */
export function shown(attribute: Attribute, value: Value | undefined): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return value ? t("是", "yes") : t("否", "no");
  if (attribute.type === "code" || attribute.type === "codes") {
    const titles = String(value).split(";").map((code) => say(attribute.codes.find((c) => c.code === code.trim())?.title) || code);
    return titles.join(t("、", ", "));
  }
  if (typeof value === "number") {
    const text = attribute.type === "integer" && isYear(attribute) ? String(value) : number(value, attribute.type === "integer" ? 0 : decimals(value));
    return attribute.unit_title ? `${text} ${say(attribute.unit_title)}` : text;
  }
  return value;
}

export function isYear(attribute: Attribute): boolean {
  return attribute.name === "year" || attribute.name.endsWith("_year");
}

function decimals(value: number): number {
  return Number.isInteger(value) ? 0 : Math.min(3, (String(value).split(".")[1] ?? "").length);
}

/** Title of a field, an attribute or one of the fixed ones. */
export function fieldTitle(definition: Definition, name: string): string {
  if (name === "geometry") return t("位置", "place");
  if (name === "valid_to") return t("有效期止", "valid until");
  return say(definition.attributes.find((a) => a.name === name)?.title) || name;
}

export function titleOf(item: Item): string {
  const name = item.attributes["name"];
  return typeof name === "string" && name ? name : item.object_id;
}
