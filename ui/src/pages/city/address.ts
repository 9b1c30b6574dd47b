/** What the page shows, as part of its address: a view can be bookmarked and sent to a colleague. */
import { computed, type WritableComputedRef } from "vue";
import { useRoute, useRouter, type LocationQuery } from "vue-router";

export interface Address {
  /** A value of the address; empty is left out of it. */
  text: (name: string, fallback?: string) => WritableComputedRef<string>;
  list: (name: string, fallback?: readonly string[]) => WritableComputedRef<string[]>;
  patch: (changes: Record<string, string | null>) => void;
}

export function useAddress(): Address {
  const route = useRoute();
  const router = useRouter();
  let waiting: Record<string, string | null> | null = null;

  /** Changes of one moment go into the address together; alone each would undo the one before. */
  function patch(changes: Record<string, string | null>): void {
    if (waiting) {
      Object.assign(waiting, changes);
      return;
    }
    waiting = { ...changes };
    queueMicrotask(() => {
      const query: LocationQuery = { ...router.currentRoute.value.query };
      for (const [name, value] of Object.entries(waiting ?? {})) {
        if (value === null || value === "") delete query[name];
        else query[name] = value;
      }
      waiting = null;
      if (router.currentRoute.value.name === "city") void router.replace({ query });
    });
  }

  function read(name: string): string | null {
    const value = route.query[name];
    return typeof value === "string" ? value : null;
  }

  return {
    patch,
    text: (name, fallback = "") =>
      computed({
        get: () => read(name) ?? fallback,
        set: (value) => patch({ [name]: value === fallback ? null : value }),
      }),
    list: (name, fallback = []) =>
      computed({
        get: () => {
          const value = read(name);
          return value === null ? [...fallback] : value.split(",").filter((part) => part !== "" && part !== "-");
        },
        // A dash stands for "none": an empty value would mean the usual ones.
        set: (value) => patch({ [name]: value.join(",") === fallback.join(",") ? null : value.join(",") || "-" }),
      }),
  };
}
