/** The edits of a scenario, each step of which can be taken back and made again. */
import { computed, shallowRef, type ComputedRef } from "vue";
import type { Edit } from "./types";

const MOST_STEPS = 200;

export interface History {
  edits: ComputedRef<readonly Edit[]>;
  canUndo: ComputedRef<boolean>;
  canRedo: ComputedRef<boolean>;
  /** Add an edit at the end. */
  push: (edit: Edit) => void;
  /** Put others in the place of all, as one step. */
  replace: (edits: readonly Edit[]) => void;
  /** Begin anew, without a way back. */
  reset: (edits: readonly Edit[]) => void;
  undo: () => void;
  redo: () => void;
}

export function makeHistory(): History {
  const states = shallowRef<readonly (readonly Edit[])[]>([[]]);
  const at = shallowRef(0);
  const edits = computed(() => states.value[at.value] ?? []);

  function replace(next: readonly Edit[]): void {
    const kept = states.value.slice(Math.max(0, at.value + 1 - MOST_STEPS), at.value + 1);
    states.value = [...kept, next];
    at.value = kept.length;
  }

  return {
    edits,
    canUndo: computed(() => at.value > 0),
    canRedo: computed(() => at.value < states.value.length - 1),
    push: (edit) => replace([...edits.value, edit]),
    replace,
    reset: (next) => {
      states.value = [next];
      at.value = 0;
    },
    undo: () => void (at.value = Math.max(0, at.value - 1)),
    redo: () => void (at.value = Math.min(states.value.length - 1, at.value + 1)),
  };
}

/** The edits without the one at `position`, nor later ones that build on it. */
export function without(edits: readonly Edit[], position: number): Edit[] {
  const gone = edits[position];
  if (!gone) return [...edits];
  const makes = gone.op === "add";
  return edits.filter((edit, i) => i !== position && !(makes && i > position && edit.class === gone.class && edit.id === gone.id));
}

/** A name for a new feature that none of the edits has yet. */
export function freshId(edits: readonly Edit[]): string {
  for (let number = 1; ; number += 1) {
    const id = `new-${number}`;
    if (!edits.some((edit) => edit.id === id)) return id;
  }
}

const LONGEST = 6000;

/** Edits as a word of the address; empty if there are none, or too many for an address. */
export function encodeEdits(edits: readonly Edit[]): string {
  if (!edits.length) return "";
  const bytes = new TextEncoder().encode(JSON.stringify(edits));
  const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return text.length <= LONGEST ? text : "";
}

export function decodeEdits(text: string): Edit[] {
  if (!text) return [];
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const found: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
    return Array.isArray(found) ? (found as Edit[]) : [];
  } catch {
    return [];
  }
}
