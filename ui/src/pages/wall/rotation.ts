/** What a wall screen shows now: the next after some seconds, unless paused or where people ask for calm. */
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from "vue";

const TICK_MS = 250;

export interface Rotation<T> {
  current: ComputedRef<T | null>;
  index: Ref<number>;
  paused: Ref<boolean>;
  /** How much of the present one's time is over, 0 to 1. */
  elapsed: Ref<number>;
  step: (by: number) => void;
}

export function useRotation<T>(items: () => T[], seconds: number): Rotation<T> {
  const index = ref(0);
  const elapsed = ref(0);
  const paused = ref(window.matchMedia("(prefers-reduced-motion: reduce)").matches);
  const current = computed(() => {
    const list = items();
    return list.length ? (list[index.value % list.length] ?? null) : null;
  });

  function step(by: number): void {
    const count = items().length;
    elapsed.value = 0;
    if (count) index.value = (index.value + by + count) % count;
  }

  const timer = setInterval(() => {
    if (paused.value || document.hidden || items().length < 2) return;
    elapsed.value += TICK_MS / 1000 / seconds;
    if (elapsed.value >= 1) step(1);
  }, TICK_MS);
  watch(index, () => {
    elapsed.value = 0;
  });
  onScopeDispose(() => clearInterval(timer));
  return { current, index, paused, elapsed, step };
}
