/** Shapes of the API of the imports. */
import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import type { Text } from "@/app/language";

export interface Choices {
  file: string | null;
  layer: string | null;
  encoding: string | null;
  header_row: number | null;
  x: string | null;
  y: string | null;
  feature_class: string | null;
  classes: string[];
  datum: string | null;
  mapping: Record<string, string>;
  values: Record<string, Record<string, string>>;
  constants: Record<string, string>;
  id_column: string | null;
  source: string | null;
  valid_from: string | null;
  reason: string | null;
  partial: boolean;
}

export interface Upload {
  id: number;
  name: string;
  size: number;
  files: string[];
  created_at: string;
  updated_at: string;
  choices: Choices;
  previewed: boolean;
  job: number | null;
  change_id: number | null;
}

export interface FileColumn {
  name: string;
  filled: number;
  distinct: number;
  examples: string[];
  is_place: boolean;
}

export interface Guess {
  name: string;
  title: Text;
  columns: number;
  editable: boolean;
}

export interface Layer {
  name: string;
  rows: number;
  geometry: "point" | "line" | "polygon" | "mixed" | "none";
  without_place: number;
  datum: { name: string; title: Text } | null;
  feature_class: string | null;
  mapped: boolean;
  valid_on: string | null;
  columns: FileColumn[];
  rejected: number;
  notes: Text[];
  guesses: Guess[];
}

export interface Remembered {
  source: string;
  feature_class: string;
  choices: Partial<Choices>;
  at: string;
  who: string;
}

export interface Inspection {
  file: string;
  files: string[];
  format: string;
  encoding: string | null;
  source: string;
  layers: Layer[];
  remembered: Remembered[];
}

export interface DatumCandidate {
  name: string;
  title: Text;
  stated: boolean;
  approximate: boolean;
  moved_m: number | null;
  inside: number | null;
  same_name: number;
  same_name_m: number | null;
  focus: [number, number, number, number];
  places: FeatureCollection;
}

export interface Datums {
  needed: boolean;
  stated: string[];
  outline: Polygon | MultiPolygon | null;
  /** Objects of the class that the model has, by name. */
  known: FeatureCollection;
  candidates: DatumCandidate[];
}

export interface Attribute {
  name: string;
  title: Text;
  type: string;
  unit: string | null;
  required: boolean;
  codes: { code: string; title: Text }[];
}

export interface Columns {
  layer: string;
  attributes: Attribute[];
  columns: { name: string; attribute: string | null; said: boolean }[];
}

export interface Word {
  word: string;
  raw: string;
  count: number;
  means: string | null;
  problem: Text | null;
  said: boolean;
}

export interface Words {
  attribute: Attribute;
  words: Word[];
  more: boolean;
  problems: number;
}

export type CountName = "read" | "added" | "changed" | "unchanged" | "closed" | "rejected" | "repaired";
export type Counts = Record<CountName, number>;

export interface Rejection {
  class: string;
  row: number | null;
  object_id: string | null;
  field: string | null;
  value: string | null;
  reason: Text;
  cells: Record<string, string>;
}

export interface ObjectChange {
  class: string;
  object_id: string;
  name: string | null;
  kind: "added" | "changed" | "closed";
  fields: string[];
}

export interface Preview {
  source: string;
  valid_from: string;
  classes: Record<string, Counts>;
  notes: Text[];
  rejections: Rejection[];
  rejections_total: number;
  changes: ObjectChange[];
  changes_total: number;
  features: FeatureCollection;
  features_left_out: number;
  bounds: [number, number, number, number] | null;
}

export interface ImportResult {
  change_id: number | null;
  source: string;
  valid_from: string;
  classes: Record<string, Counts>;
  rejections: number;
  notes: Text[];
  /** What could not be written about an import that the model has. */
  unfinished?: Text;
}

export interface Imported {
  change_id: number;
  recorded_at: string;
  source: string;
  file: string;
  reason: string;
  who: string;
  valid_from: string | null;
  classes: ({ name: string; title: Text } & Counts)[];
  rejected: number;
  undone_by: number | null;
  may_undo: boolean;
  has_report: boolean;
}
