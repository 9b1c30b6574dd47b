/** What an edit is about to be: class, size and attributes, filled with what is usual. */
import { computed, reactive, watch, type ComputedRef } from "vue";
import { number, say, t } from "@/app/language";
import type { Access } from "./access";
import { freshId } from "./history";
import type { AttributeInfo, Edit, FacilityClass, Value } from "./types";

const SHOWN = 8;
/** Attributes that say how large a facility is come first, then what kind it is. */
const FIRST = ["places", "beds", "nursing_beds", "children", "floor_area", "area_m2", "kind", "level", "ownership"];

export interface Draft {
  className: string;
  area: number | null;
  attributes: Record<string, Value>;
}

export const isArea = (known: FacilityClass | undefined): boolean => known?.geometry === "polygon";

/** The attributes of a class that a form asks for, the most telling first. */
export function askedFor(known: FacilityClass | undefined): AttributeInfo[] {
  const rank = (a: AttributeInfo): number => (FIRST.includes(a.name) ? FIRST.indexOf(a.name) : FIRST.length);
  return [...(known?.attributes ?? [])].filter((a) => !(isArea(known) && a.name === "area_m2")).sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
}

export function usualSize(known: FacilityClass | undefined): number | null {
  if (!isArea(known)) return null;
  return known?.required_area_m2 ?? known?.usual_area_m2 ?? 1000;
}

export function useDraft(access: Access): { draft: Draft; known: ComputedRef<FacilityClass | undefined>; add: (place: [number, number]) => void } {
  const draft = reactive<Draft>({ className: "", area: null, attributes: {} });
  const known = computed(() => access.classNamed(draft.className));

  watch(
    [() => access.classes.data.value, () => access.ask.classes],
    ([items, names]) => {
      if (!items || draft.className && names.includes(draft.className)) return;
      // Of the facilities asked about, the one that has to be largest: a park rather than a patch of green.
      const [first] = names.map((name) => access.classNamed(name)).sort((a, b) => (b?.required_area_m2 ?? 0) - (a?.required_area_m2 ?? 0));
      draft.className = first?.name ?? items.items[0]?.name ?? "";
    },
    { immediate: true },
  );
  watch(
    known,
    (now) => {
      draft.area = usualSize(now);
      draft.attributes = Object.fromEntries(askedFor(now).filter((a) => a.usual !== null).map((a) => [a.name, a.usual]));
    },
    { immediate: true },
  );

  function add(place: [number, number]): void {
    if (!known.value) return;
    const edit: Edit = {
      op: "add",
      class: draft.className,
      id: freshId(access.history.edits.value),
      geometry: { type: "Point", coordinates: place.map((c) => Math.round(c * 1e6) / 1e6) },
      ...(draft.area !== null ? { area_m2: draft.area } : {}),
      ...(Object.keys(draft.attributes).length ? { attributes: { ...draft.attributes } } : {}),
    };
    access.history.push(edit);
  }
  return { draft, known, add };
}

/** An edit in words. */
export function editWords(access: Access, edit: Edit, name: string | null): string {
  const known = access.classNamed(edit.class);
  const what = name ?? `${say(known?.title) || edit.class}${edit.op === "add" ? "" : ` ${edit.id}`}`;
  const parts = Object.entries(edit.attributes ?? {})
    .filter(([, value]) => typeof value === "number")
    .slice(0, 2)
    .flatMap(([key, value]) => {
      const attribute = known?.attributes.find((a) => a.name === key);
      return attribute && attribute.type !== "boolean" && edit.op === "resize" ? [`${say(attribute.title)} ${number(value as number)}`] : [];
    });
  if (edit.area_m2 !== undefined) parts.unshift(`${number(edit.area_m2)} m²`);
  const verb = { add: t("新增", "Add"), remove: t("拆除", "Remove"), resize: t("改为", "Change"), move: t("迁移", "Move") }[edit.op];
  return `${verb} ${what}${parts.length ? ` · ${parts.join(" · ")}` : ""}`;
}
