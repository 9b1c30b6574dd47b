/** Data of a page: loading, there, or failed with a problem that can be retried. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { Problem } from "@/api/client";

export interface Loaded<T> {
  data: ShallowRef<T | null>;
  problem: Ref<Problem | null>;
  loading: Ref<boolean>;
  reload: () => Promise<void>;
}

/** Load whenever `source` changes; a newer load cancels an older one, and the old data stays until the new is there. */
export function useLoaded<S, T>(source: () => S, load: (source: S, signal: AbortSignal) => Promise<T>): Loaded<T> {
  const data = shallowRef<T | null>(null);
  const problem = ref<Problem | null>(null);
  const loading = ref(false);
  let controller: AbortController | null = null;

  async function reload(): Promise<void> {
    controller?.abort();
    const mine = (controller = new AbortController());
    loading.value = true;
    try {
      const found = await load(source(), mine.signal);
      if (mine.signal.aborted) return;
      data.value = found;
      problem.value = null;
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      problem.value = error;
    } finally {
      if (controller === mine) loading.value = false;
    }
  }

  watch(source, () => void reload(), { immediate: true, deep: true });
  onScopeDispose(() => controller?.abort());
  return { data, problem: problem as Ref<Problem | null>, loading, reload };
}
