/** What `/api/programme` answers. */
import type { Text } from "@/app/language";
import type { Status } from "@/kit/chart/StatusMark.vue";

export type { Status };

export interface Target {
  at_least: number | null;
  at_most: number | null;
  by: string | null;
}

export interface Point {
  as_of: string;
  value: number | null;
  snapshot: string;
}

export interface Places {
  total: number;
  classes: string[];
  unit: string;
  unit_text: Text;
  visible: boolean;
}

export interface Indicator {
  id: string;
  title: Text;
  status: Status;
  measure: string | null;
  params: Record<string, unknown>;
  target: Target | null;
  value: number | null;
  unit: string | null;
  gap: number | null;
  missing: Text[];
  note: Text | null;
  certainty: "V" | "S" | "M" | null;
  since: { as_of: string; value: number | null } | null;
  trend: Point[];
  change: { arrow: "↑" | "↓" | "→"; delta: number; better: boolean | null } | null;
  places: Places | null;
  shortfall: number | null;
  scale: number;
  words: { value: Text; target: Text; gap: Text; unit: Text; shortfall: Text | null };
}

export interface Clause {
  id: string;
  article: string;
  kind: "target" | "rule" | "deliverable" | "service";
  title: Text;
  text: Text | null;
  bureaus: string[];
  status: Status;
  headline: string | null;
  indicators: Indicator[];
}

export type Counts = Record<Status, number>;

export interface Assessment {
  programme: { id: string; title: Text; starts: string; ends: string; source: string };
  county: { name: Text; code: string; synthetic: boolean };
  as_of: string;
  snapshot: string;
  snapshot_as_of: string;
  assessed_on: string;
  closed: boolean;
  followed_until: string | null;
  counts: Counts;
  quality_notes: Text[];
  bureaus: Record<string, Text>;
  articles: { id: string; title: Text; counts: Counts }[];
  pending: string[];
  clauses: Clause[];
}

export interface Job {
  id: number;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  step: Text;
  done: number;
  total: number | null;
  error: { message: Text; hint: Text | null } | null;
}

export interface Computing {
  job: Job;
  pending: string[];
}

export interface Measurement {
  measure: string;
  numerator: number | null;
  denominator: number | null;
  numerator_label: Text | null;
  denominator_label: Text | null;
  excluded: { reason: Text; count: number; unit: string }[];
  by_area: { code: string; name: string; value: number | null; numerator: number | null; denominator: number | null }[];
  definition: Text;
  notes: Text[];
  snapshot: string;
  as_of: string;
  words: { value: Text; numerator: string; denominator: string; excluded: Text[]; by_area: Text[] };
}

export interface IndicatorDetail extends Indicator {
  measure_title: Text | null;
  certainty_text: Text | null;
  parameters: { name: string; title: Text; value: unknown; text: Text; given: boolean }[];
  measurement: Measurement | null;
  history: (Point & { text: Text; met: boolean | null })[];
}

export interface Document {
  object_id: string;
  name: string | null;
  kind: string | null;
  number: string | null;
  issued_on: string | null;
  issuer: string | null;
  url: string | null;
}

export interface ClauseDetail extends Omit<Clause, "indicators"> {
  programme: { id: string; title: Text; starts: string; ends: string };
  article_title: Text;
  bureau_titles: Record<string, Text>;
  as_of: string;
  snapshot: string;
  snapshot_as_of: string;
  closed: boolean;
  synthetic: boolean;
  source: string;
  previous: string | null;
  next: string | null;
  indicators: IndicatorDetail[];
  documents: { visible: boolean; total: number; items: Document[] };
}

export interface Place {
  rank: number;
  class: string;
  id: string;
  name: string | null;
  lon: number | null;
  lat: number | null;
  amount: number | null;
  unit: string;
  area: string | null;
  area_name: string | null;
}

export interface PlacesPage {
  items: Place[];
  total: number;
  counted: number;
  more: boolean;
  visible: boolean;
  classes: string[];
  unit: string;
  unit_text: Text;
  areas: { code: string; name: string }[];
}

export interface PlacesMap {
  type: "FeatureCollection";
  features: GeoJSON.Feature<GeoJSON.Geometry | null, Place>[];
  total: number;
  visible: boolean;
}

export const STATUSES: Status[] = ["short", "met", "informative", "no_data"];

export function isComputing(answer: object): answer is Computing {
  return "job" in answer;
}

/** The indicator that decides how a clause stands. */
export function headline<I extends Indicator>(clause: { headline: string | null; indicators: I[] }): I | null {
  return clause.indicators.find((i) => i.id === clause.headline) ?? clause.indicators[0] ?? null;
}
