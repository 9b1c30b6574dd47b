/** Editing one object: a draft beside what is recorded, what differs, saving, and undo. */
import type { Geometry } from "geojson";
import { computed, ref, type ComputedRef, type Ref } from "vue";
import { api, Problem } from "@/api/client";
import { t, type Text } from "@/app/language";
import { tellDone, tellProblem } from "@/kit/toast";
import { path, registers, shown, type Definition, type ItemDetail, type Saved, type Values } from "@/pages/registers/registers";

export type Mode = "add" | "edit" | "close";

interface Subject {
  definition: () => Definition;
  item: () => ItemDetail | null;
  adding: () => boolean;
  shape: Ref<Geometry | null>;
  editing: Ref<boolean>;
  saved: (item: ItemDetail) => void;
  undone: () => void;
}

export interface Editing {
  draft: Ref<Values>;
  changed: ComputedRef<string[]>;
  placeChanged: ComputedRef<boolean>;
  /** What the server said is wrong, by field. */
  fields: ComputedRef<Record<string, Text>>;
  dialog: Ref<Mode | null>;
  busy: Ref<boolean>;
  refused: Ref<Problem | null>;
  summary: (title: (name: string) => string) => string[];
  begin: () => void;
  cancel: () => void;
  ask: (mode: Mode) => void;
  save: (how: { correction: boolean; day: string; reason: string }) => Promise<void>;
}

export function useEditing(subject: Subject): Editing {
  const draft = ref<Values>({});
  const dialog = ref<Mode | null>(null);
  const busy = ref(false);
  const refused = ref<Problem | null>(null);
  const recorded = (): Values => subject.item()?.attributes ?? {};

  const changed = computed(() =>
    subject.definition().attributes.filter((a) => (draft.value[a.name] ?? null) !== (recorded()[a.name] ?? null)).map((a) => a.name),
  );
  const placeChanged = computed(() => JSON.stringify(subject.shape.value) !== JSON.stringify(subject.item()?.geometry ?? null));
  const fields = computed(() => refused.value?.fields ?? {});

  function begin(): void {
    const { attributes } = subject.definition();
    draft.value = Object.fromEntries(attributes.map((a) => [a.name, recorded()[a.name] ?? null]));
    subject.shape.value = subject.item()?.geometry ?? null;
    refused.value = null;
    subject.editing.value = true;
  }

  function cancel(): void {
    subject.editing.value = false;
    refused.value = null;
  }

  function ask(mode: Mode): void {
    refused.value = null;
    dialog.value = mode;
  }

  function summary(title: (name: string) => string): string[] {
    const lines = changed.value.map((name) => {
      const attribute = subject.definition().attributes.find((a) => a.name === name);
      const side = (value: Values[string] | undefined): string => (attribute ? shown(attribute, value ?? null) : "");
      const from = subject.adding() ? "" : `${side(recorded()[name])} → `;
      return `${title(name)}${t("：", ": ")}${from}${side(draft.value[name])}`;
    });
    return placeChanged.value && !subject.adding() ? [...lines, t("位置已改变", "the place changed")] : lines;
  }

  async function send(how: { correction: boolean; day: string; reason: string }): Promise<Saved> {
    const { name } = subject.definition();
    const attributes = Object.fromEntries(changed.value.map((key) => [key, draft.value[key] ?? null]));
    const geometry = placeChanged.value ? subject.shape.value : null;
    const item = subject.item();
    if (dialog.value === "add" || item === null) {
      return api.post<Saved>(path(name, "items"), { attributes, geometry, valid_from: how.day, reason: how.reason });
    }
    const rest = { reason: how.reason, expected: item.version };
    const at = path(name, "items", item.object_id);
    if (dialog.value === "close") return api.post<Saved>(`${at}/close`, { valid_to: how.day, ...rest });
    if (how.correction) return api.post<Saved>(`${at}/correct`, { attributes, geometry, on: how.day, ...rest });
    return api.patch<Saved>(at, { attributes, geometry, valid_from: how.day, ...rest });
  }

  async function save(how: { correction: boolean; day: string; reason: string }): Promise<void> {
    busy.value = true;
    refused.value = null;
    try {
      const { change, item } = await send(how);
      dialog.value = null;
      subject.editing.value = false;
      subject.saved(item);
      if (change === null) tellDone(t("没有变化，未作记录", "Nothing changed, nothing recorded"));
      else tellDone(t("已保存，发布后计入方案", "Saved; it counts once published"), { label: t("撤销", "Undo"), run: () => undo(change) });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused.value = error;
      // What is wrong with a field of the form is shown beside it, not in the dialogue over it.
      const names = new Set([...subject.definition().attributes.map((a) => a.name), "geometry"]);
      if (Object.keys(error.fields).some((name) => names.has(name))) dialog.value = null;
    } finally {
      busy.value = false;
    }
  }

  async function undo(change: number): Promise<void> {
    try {
      await registers.undo(change, t("保存后立即撤销", "undone right after saving"));
      tellDone(t("已撤销", "Undone"));
      subject.undone();
    } catch (error) {
      tellProblem(error);
    }
  }

  return { draft, changed, placeChanged, fields, dialog, busy, refused, summary, begin, cancel, ask, save };
}
