/** Answers of `/api/model`. */
import type { Text } from "@/app/language";

export interface Snapshots {
  items: { date: string; hash: string; synthetic: boolean; classes: Record<string, number> }[];
}

export interface FeatureClass {
  name: string;
  title: Text;
  cim_class: string;
  geometry: "point" | "line" | "polygon" | "any" | "none";
  attributes: { name: string; title: Text; type: string; unit: string | null; codes: string | null }[];
}

export interface Classes {
  items: FeatureClass[];
  cim_classes: Record<string, Text>;
  codes: Record<string, Record<string, Text>>;
}

export interface Hit {
  class_name: string;
  class_title: Text;
  object_id: string;
  name: string | null;
  address: string | null;
  lon: number | null;
  lat: number | null;
  matched: "name" | "pinyin" | "initials" | "address" | "id";
}

export interface Version {
  valid_from: string;
  valid_to: string | null;
  recorded_from: string;
  source: string;
  reason: string;
  changed: Text[];
}

export interface Feature {
  class_name: string;
  class_title: Text;
  object_id: string;
  name: string | null;
  on: string;
  exists: boolean;
  valid_from: string;
  valid_to: string | null;
  source: string;
  reason: string;
  cim_level: number | null;
  attributes: { name: string; title: Text; type: string; unit: string | null; value: unknown; text: Text }[];
  area_m2: number | null;
  length_m: number | null;
  geometry: GeoJSON.Geometry | null;
  bounds: [number, number, number, number] | null;
  records: number;
  history: Version[] | null;
  may_edit: boolean;
  links: { page: string; ogc: string };
}

export type ChangeKind = "added" | "changed" | "closed";

export interface Changes {
  first: string;
  second: string;
  counts: ({ class_name: string; class_title: Text } & Record<ChangeKind, number>)[];
  items: { class_name: string; object_id: string; name: string | null; change: ChangeKind; fields: string[]; lon: number | null; lat: number | null }[];
  total: number;
  more: boolean;
}

export type Severity = "error" | "warning" | "info";

export interface Quality {
  change: number;
  findings: { check: string; title: Text; class_name: string; class_title: Text; severity: Severity; count: number; total: number; message: Text }[];
  items: { check: string; class_name: string; severity: Severity; object_id: string; name: string | null; lon: number | null; lat: number | null; detail: Text | null }[];
  total: number;
  more: boolean;
}

export interface Period {
  period: string;
  begin: number;
  end: number;
}

export interface Times {
  first: string | null;
  last: string | null;
  by: "month" | "year";
  total: Period[];
  classes: Record<string, Period[]>;
}

/** Features of a class on any day; none if there are more than were asked for (`capped`). */
export interface At extends GeoJSON.FeatureCollection {
  numberMatched: number;
  numberReturned: number;
  capped: boolean;
}

/** A feature that somebody chose. */
export interface Chosen {
  className: string;
  objectId: string;
}
