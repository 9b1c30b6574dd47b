/** Whether the page is being printed: then everything is shown at once. */
import { nextTick, onScopeDispose, ref, type Ref } from "vue";

const SETTLE_MS = 400;

export function usePrinting(): { printing: Ref<boolean>; print: () => Promise<void> } {
  const media = window.matchMedia("print");
  const printing = ref(media.matches);
  const begin = (): void => {
    printing.value = true;
  };
  const end = (): void => {
    printing.value = false;
  };
  const change = (event: MediaQueryListEvent): void => {
    printing.value = event.matches;
  };
  window.addEventListener("beforeprint", begin);
  window.addEventListener("afterprint", end);
  media.addEventListener("change", change);
  onScopeDispose(() => {
    window.removeEventListener("beforeprint", begin);
    window.removeEventListener("afterprint", end);
    media.removeEventListener("change", change);
  });

  async function print(): Promise<void> {
    printing.value = true;
    await nextTick();
    // What is only loaded for print must be there before the browser takes its picture.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    window.print();
  }
  return { printing, print };
}
