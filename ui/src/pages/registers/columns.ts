/** Which columns of a register a table shows: chosen by its reader, remembered on this machine. */
import { computed, ref, type ComputedRef, type Ref } from "vue";
import { say, t } from "@/app/language";
import type { Column } from "@/kit/table";
import { shown, titleOf, type Attribute, type Definition, type Item } from "@/pages/registers/registers";

const USUAL = 6;

export interface Columns {
  choosable: ComputedRef<Attribute[]>;
  chosen: Ref<string[]>;
  columns: ComputedRef<Column<Item>[]>;
  toggle: (name: string) => void;
}

export function useColumns(definition: () => Definition | null, pickable: () => boolean): Columns {
  const key = (): string => `xiancheng.columns.${definition()?.name ?? ""}`;
  const chosen = ref<string[]>([]);
  const choosable = computed(() => (definition()?.attributes ?? []).filter((a) => a.name !== "name" && a.type !== "json"));

  function usual(): string[] {
    const order = [...choosable.value].filter((a) => a.name !== "address").sort((a, b) => Number(b.required) - Number(a.required));
    return order.slice(0, USUAL).map((a) => a.name);
  }

  function remembered(): string[] {
    const known = new Set(choosable.value.map((a) => a.name));
    const kept = (localStorage.getItem(key()) ?? "").split(",").filter((name) => known.has(name));
    return kept.length ? kept : usual();
  }

  const now = computed(() => (chosen.value.length ? chosen.value : remembered()));

  function toggle(name: string): void {
    const order = choosable.value.map((a) => a.name);
    const next = now.value.includes(name) ? now.value.filter((n) => n !== name) : [...now.value, name];
    chosen.value = order.filter((n) => next.includes(n));
    localStorage.setItem(key(), chosen.value.join(","));
  }

  const columns = computed((): Column<Item>[] => {
    const attributes = choosable.value.filter((a) => now.value.includes(a.name));
    return [
      ...(pickable() ? [{ key: "pick", title: t("选", "pick"), text: () => "", desk: true }] : []),
      { key: "name", title: t("名称", "name"), text: titleOf, sortable: true },
      { key: "object_id", title: t("标识", "identifier"), text: (item) => item.object_id, sortable: true, desk: true },
      ...attributes.map((a, i) => ({
        key: a.name,
        title: a.unit_title ? `${say(a.title)} (${say(a.unit_title)})` : say(a.title),
        text: (item: Item) => shown({ ...a, unit_title: null }, item.attributes[a.name]),
        numeric: a.type === "integer" || a.type === "number",
        word: a.type === "code" || a.type === "boolean",
        sortable: true,
        desk: i >= 2,
      })),
      { key: "valid_from", title: t("自", "since"), text: (item) => (item.valid_to ? `${item.valid_from} → ${item.valid_to}` : item.valid_from), sortable: true, desk: true },
    ];
  });

  return { choosable, chosen: now, columns, toggle };
}
