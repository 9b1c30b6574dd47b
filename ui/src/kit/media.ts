/** How wide the screen is, followed while it changes. */
import { onScopeDispose, ref, type Ref } from "vue";

/** `PHONE`: one column; `NARROW`: what opens takes the place of the list; `WIDE`: room for a third column. */
export const PHONE = "(max-width: 720px)";
export const NARROW = "(max-width: 1099.9px)";
export const WIDE = "(min-width: 1101px)";

export function useMedia(condition: string): Ref<boolean> {
  const query = window.matchMedia(condition);
  const matches = ref(query.matches);
  const follow = (event: MediaQueryListEvent): void => void (matches.value = event.matches);
  query.addEventListener("change", follow);
  onScopeDispose(() => query.removeEventListener("change", follow));
  return matches;
}
