/** What the API of access asks and answers. */
import type { Text } from "@/app/language";

export type Status = "met" | "short" | "informative" | "no_data";
export type Metric = "network" | "straight";
export type Mode = "walk" | "drive";
export type From = "boundary" | "entrances" | "point";
export type Operation = "add" | "remove" | "resize" | "move";
export type Value = string | number | null;

export interface Edit {
  op: Operation;
  class: string;
  id: string;
  geometry?: GeoJSON.Geometry;
  attributes?: Record<string, Value>;
  area_m2?: number;
}

/** Which facilities, how far, for whom. */
export interface Ask {
  classes: string[];
  metres: number[];
  metric: Metric;
  mode: Mode;
  measured_from: From;
  min_area_m2: number;
  where: string;
  ages: string[];
  within: string;
  public_only: boolean;
}

export interface AttributeInfo {
  name: string;
  title: Text;
  type: "integer" | "number" | "boolean" | "code" | "codes";
  unit: string | null;
  minimum: number | null;
  maximum: number | null;
  codes: { code: string; title: Text }[];
  usual: number | string | null;
}

export interface FacilityClass {
  name: string;
  title: Text;
  geometry: "point" | "line" | "polygon" | "any";
  count: number;
  asked: boolean;
  indicators: number;
  usual_area_m2: number | null;
  required_area_m2: number | null;
  attributes: AttributeInfo[];
}

export interface Suggestion {
  clause: string;
  indicator: string;
  title: Text;
  classes: string[];
  metres: number;
  metric: Metric;
  mode: Mode;
  measured_from: From;
  min_area_m2: number;
  where: string;
  ages: string[];
  within: string;
  target: number | null;
}

export interface Classes {
  on: string;
  snapshot: string;
  items: FacilityClass[];
  suggestions: Suggestion[];
  areas: { code: string; title: Text }[];
  modes: Mode[];
  ready: boolean;
}

export interface Coverage {
  on: string;
  snapshot: string;
  total: number;
  facilities: number;
  who: Text;
  definition: Text;
  bands: { metres: number; covered: number; uncovered: number; share: number | null }[];
  by_area: { code: string; name: string; total: number; covered: number[]; bounds: [number, number, number, number] | null }[];
  by_age: { band: string; title: Text; total: number; covered: number[] }[];
  cells: { size: number; corners: number[]; persons: number[]; covered: number[][] } | null;
  excluded: { reason: Text; count: number; unit: string }[];
  notes: Text[];
  missing: Text[];
}

export interface Places {
  feature_class: string;
  ids: string[];
  band: number[];
  persons: number[];
  more: boolean;
}

export interface Facility {
  class: string;
  object_id: string;
  name: string | null;
  counted: boolean;
  area_m2: number;
  attributes: Record<string, Value>;
}

export interface Figure {
  value: number | null;
  numerator: number | null;
  denominator: number | null;
  status: Status;
}

export interface Gain {
  gained: number;
  lost: number;
  by_age: { band: string; title: Text; gained: number; lost: number }[];
  by_area: { code: string; name: string; gained: number; lost: number }[];
  places: number;
  ids: string[];
  lon: number[];
  lat: number[];
  change: number[];
}

export interface Moved {
  key: string;
  clause: string;
  clause_title: Text;
  indicator: string;
  title: Text;
  definition: Text;
  note: Text | null;
  unit: string;
  moves: boolean;
  before: Figure;
  after: Figure;
  difference: number | null;
  words: { before: Text; after: Text; difference: Text; target: Text };
  gap: number | null;
  target: { at_least: number | null; at_most: number | null; by: string | null } | null;
  by_area: { code: string; name: string; before: number | null; after: number | null }[];
  gain: Gain | null;
  missing: Text[];
}

export interface Step {
  op: Operation;
  feature_class: string;
  class_title: Text;
  id: string;
  name: string | null;
  area_before: number | null;
  area_after: number | null;
  before: GeoJSON.Geometry | null;
  after: GeoJSON.Geometry | null;
}

export interface WhatIf {
  on: string;
  snapshot: string;
  steps: Step[];
  moved: Moved[];
  clauses: { clause: string; title: Text; before: Status; after: Status }[];
  pending: string[];
  computed_ms: number;
}

export type Sharing = "private" | "unit" | "all";

export interface Scenario {
  id: number;
  name: string;
  note: string;
  on: string | null;
  edits: Edit[];
  view: Record<string, unknown>;
  sharing: Sharing;
  owner: string;
  mine: boolean;
  created_at: string;
  updated_at: string;
}

export interface Nearest {
  feature_class: string;
  title: Text;
  id: string;
  name: string | null;
  straight: number;
  metres: number | null;
  place: [number, number];
  route: GeoJSON.LineString | null;
}
