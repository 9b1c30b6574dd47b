/** Whether there is room for a third column. */
import { onScopeDispose, ref, type Ref } from "vue";

export function useWide(): Ref<boolean> {
  const query = window.matchMedia("(min-width: 1101px)");
  const wide = ref(query.matches);
  const follow = (event: MediaQueryListEvent): void => void (wide.value = event.matches);
  query.addEventListener("change", follow);
  onScopeDispose(() => query.removeEventListener("change", follow));
  return wide;
}
