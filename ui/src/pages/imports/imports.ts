/** The API of the imports, and the steps from a file to the model. */
import { ref } from "vue";
import { api } from "@/api/client";
import { t, type Text } from "@/app/language";
import type { Choices, Columns, Counts, CountName, Datums, Imported, Inspection, Layer, Preview, Upload, Words } from "@/pages/imports/types";

const BASE = "/api/imports/uploads";

export const imports = {
  bring(files: readonly File[]): Promise<Upload> {
    const form = new FormData();
    for (const file of files) form.append("files", file, file.name);
    return api.post<Upload>(BASE, form);
  },
  list: (signal?: AbortSignal) => api.get<{ items: Upload[]; total: number }>(BASE, {}, signal),
  read: (id: number, signal?: AbortSignal) => api.get<Upload>(`${BASE}/${id}`, {}, signal),
  choose: (id: number, choices: Choices) => api.put<Upload>(`${BASE}/${id}/choices`, choices),
  forget: (id: number) => api.delete<undefined>(`${BASE}/${id}`),
  inspect: (id: number, signal?: AbortSignal) => api.get<Inspection>(`${BASE}/${id}/inspection`, {}, signal),
  datums: (id: number, signal?: AbortSignal) => api.get<Datums>(`${BASE}/${id}/datums`, {}, signal),
  columns: (id: number, signal?: AbortSignal) => api.get<Columns>(`${BASE}/${id}/columns`, {}, signal),
  words: (id: number, column: string, attribute: string, signal?: AbortSignal) => api.get<Words>(`${BASE}/${id}/words`, { column, attribute }, signal),
  preview: (upload: Upload, signal?: AbortSignal) =>
    upload.previewed ? api.get<Preview>(`${BASE}/${upload.id}/preview`, {}, signal) : api.post<Preview>(`${BASE}/${upload.id}/preview`, {}, signal),
  commit: (id: number) => api.post<{ job: number }>(`${BASE}/${id}/commit`),
  history: (parameters: { class_name: string; limit: number; offset: number }, signal?: AbortSignal) =>
    api.get<{ items: Imported[]; total: number }>("/api/imports", parameters, signal),
  one: (change: number, signal?: AbortSignal) => api.get<Imported>(`/api/imports/${change}`, {}, signal),
  undo: (change: number, reason: string) => api.post<{ change_id: number }>(`/api/imports/${change}/undo`, { reason }),
};

/** Title of a class that the account may see; loaded once with the registers. */
export interface Register {
  name: string;
  title: Text;
  geometry: string;
  editable: boolean;
}
const registers = ref<Register[]>([]);
let asked: Promise<Register[]> | null = null;

export function loadRegisters(): Promise<Register[]> {
  asked ??= api.get<{ items: Register[] }>("/api/registers").then((found) => (registers.value = found.items));
  return asked;
}

export function classTitle(name: string): string {
  const found = registers.value.find((r) => r.name === name);
  return found ? t(found.title.zh, found.title.en) : name;
}

export type Step = "layer" | "datum" | "columns" | "preview" | "commit";

/** The layers that the choices mean. */
export function chosenLayers(inspection: Inspection, choices: Choices): Layer[] {
  const filled = inspection.layers.filter((layer) => layer.rows > 0 || layer.rejected > 0);
  return choices.layer === null ? filled : filled.filter((layer) => layer.name === choices.layer);
}

/** Whether the file itself knows the classes of its objects (OpenStreetMap, files written by this site). */
export function knowsClasses(layers: readonly Layer[]): boolean {
  return layers.length > 0 && layers.every((layer) => layer.feature_class !== null);
}

/** The steps that this file needs. */
export function stepsOf(inspection: Inspection | null, choices: Choices): Step[] {
  if (!inspection) return ["layer", "datum", "columns", "preview", "commit"];
  const layers = chosenLayers(inspection, choices);
  const steps: Step[] = ["layer"];
  const fixed = inspection.format === "osm";
  if (!fixed && layers.some((layer) => layer.geometry !== "none")) steps.push("datum");
  if (!knowsClasses(layers)) steps.push("columns");
  return [...steps, "preview", "commit"];
}

export function stepTitle(step: Step): string {
  const titles: Record<Step, [string, string]> = {
    layer: ["图层与类别", "Layer and class"],
    datum: ["坐标基准", "Datum"],
    columns: ["列对应", "Columns"],
    preview: ["预览", "Preview"],
    commit: ["导入", "Import"],
  };
  return t(...titles[step]);
}

export const COUNTS: readonly CountName[] = ["read", "added", "changed", "unchanged", "closed", "rejected", "repaired"];

export function countTitle(name: CountName): string {
  const titles: Record<CountName, [string, string]> = {
    read: ["读取", "read"],
    added: ["新增", "new"],
    changed: ["变更", "changed"],
    unchanged: ["不变", "unchanged"],
    closed: ["关闭", "closed"],
    rejected: ["未采用", "not taken"],
    repaired: ["修复", "repaired"],
  };
  return t(...titles[name]);
}

/** What an import did, in few words: the counts that are not zero. */
export function inWords(counts: Counts): string {
  const told = (["added", "changed", "closed", "rejected"] as const).filter((name) => counts[name] > 0);
  return told.length ? told.map((name) => `${countTitle(name)} ${counts[name]}`).join(t("，", ", ")) : t("没有变化", "nothing changed");
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1024 ** 2) return `${(size / 1024).toFixed(0)} KB`;
  return `${(size / 1024 ** 2).toFixed(1)} MB`;
}
