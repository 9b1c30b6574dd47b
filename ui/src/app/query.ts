/** Filters that are part of the address, so that a view can be bookmarked and sent to a colleague. */
import { computed, type WritableComputedRef } from "vue";
import { useRoute, useRouter } from "vue-router";

export function useQuery(name: string, fallback = ""): WritableComputedRef<string> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get: () => {
      const value = route.query[name];
      return typeof value === "string" ? value : fallback;
    },
    set: (value) => {
      const query = { ...router.currentRoute.value.query };
      if (value === fallback || value === "") delete query[name];
      else query[name] = value;
      void router.replace({ query });
    },
  });
}
