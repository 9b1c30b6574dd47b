/** Publications as the API shows them. */
import { api } from "@/api/client";
import { number, percent, t, type Text } from "@/app/language";
import type { Change } from "@/pages/registers/registers";

export type Status = "met" | "short" | "informative" | "no_data";

export interface Figure {
  clause: string;
  clause_title: Text;
  indicator: string;
  title: Text;
  unit: string | null;
  before: number | null;
  after: number | null;
  status_before: Status | null;
  status_after: Status;
  at_least: number | null;
  at_most: number | null;
  moved: boolean;
}

export interface Publication {
  id: number;
  as_of: string;
  hash: string;
  former_as_of: string | null;
  former_hash: string;
  who: string;
  published_at: string;
  counts: { added: number; changed: number; closed: number; figures_moved: number; statuses_moved: number };
}

export interface PublicationDetail extends Publication {
  classes: { name: string; title: Text; added: number; changed: number; closed: number; objects: { object_id: string; name: string | null; change: string; fields: string[] }[] }[];
  programmes: { id: string; title: Text; clauses: { id: string; title: Text; status_before: Status | null; status_after: Status }[]; figures: Figure[] }[];
}

export interface Pending {
  since: { as_of: string; hash: string } | null;
  total: number;
  classes: { name: string; title: Text; records: number }[];
  people: { who: string; changes: number }[];
  changes: Change[];
}

export const publishing = {
  list: (signal?: AbortSignal) => api.get<{ items: Publication[]; total: number; dates: string[] }>("/api/publishing", {}, signal),
  pending: (on: string, signal?: AbortSignal) => api.get<Pending>("/api/publishing/pending", { on }, signal),
  one: (id: number) => api.get<PublicationDetail>(`/api/publishing/${id}`),
};

export function statusTitle(status: Status | null): string {
  if (status === null) return "—";
  return { met: t("已达标", "met"), short: t("未达标", "short"), informative: t("仅供参考", "no target"), no_data: t("无数据", "no data") }[status];
}

/** A figure with its unit; shares are percentages. */
export function figure(value: number | null, unit: string | null): string {
  if (value === null) return "—";
  if (unit === "share" || unit === "%") return percent(unit === "%" ? value / 100 : value);
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 2 : 1;
  return number(value, digits);
}
