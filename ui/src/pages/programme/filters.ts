/** Which clauses are shown: filters that are part of the address. */
import { computed, type ComputedRef, type WritableComputedRef } from "vue";
import type { LocationQuery } from "vue-router";
import { account } from "@/app/session";
import { useQuery } from "@/app/query";
import { STATUSES, type Assessment, type Clause, type Counts, type Status } from "@/pages/programme/types";

export interface Filters {
  bureau: WritableComputedRef<string>;
  article: WritableComputedRef<string>;
  status: WritableComputedRef<string>;
  search: WritableComputedRef<string>;
  mine: WritableComputedRef<string>;
  active: ComputedRef<boolean>;
  clear: () => void;
}

export function useFilters(clear: () => void): Filters {
  const [bureau, article, status, search, mine] = ["bureau", "article", "status", "q", "mine"].map((name) => useQuery(name)) as [
    WritableComputedRef<string>, WritableComputedRef<string>, WritableComputedRef<string>, WritableComputedRef<string>, WritableComputedRef<string>,
  ];
  const active = computed(() => Boolean(bureau.value || article.value || status.value || search.value || mine.value));
  return { bureau, article, status, search, mine, active, clear };
}

const OF_CLAUSE = ["indicator", "place", "offset", "sort", "area", "find"];

/** The address without what belongs to one clause; the tab stays, to compare clauses by it. */
export function ofPlan(query: LocationQuery): LocationQuery {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !OF_CLAUSE.includes(name)));
}

/** Clauses that meet every filter but those of status and article, which the summary counts. */
function fits(clause: Clause, assessment: Assessment, filters: Filters): boolean {
  if (filters.bureau.value && !clause.bureaus.includes(filters.bureau.value)) return false;
  if (filters.mine.value && !clause.bureaus.some((b) => account.value?.bureaus.includes(b))) return false;
  const wanted = filters.search.value.trim().toLowerCase();
  if (!wanted) return true;
  const texts = [clause.title, ...clause.indicators.map((i) => i.title), ...clause.bureaus.map((b) => assessment.bureaus[b])];
  const words = `${clause.id} ${texts.map((text) => (text ? `${text.zh} ${text.en}` : "")).join(" ")}`.toLowerCase();
  return wanted.split(/\s+/).every((word) => words.includes(word));
}

export interface Group {
  id: string;
  title: { zh: string; en: string };
  counts: Counts;
  /** All that meet the other filters, for the summary. */
  all: Clause[];
  shown: Clause[];
}

export function useGroups(assessment: () => Assessment | null, filters: Filters): ComputedRef<Group[]> {
  return computed(() => {
    const found = assessment();
    if (!found) return [];
    const some = found.clauses.filter((clause) => fits(clause, found, filters));
    return found.articles.map((article) => {
      const all = some.filter((clause) => clause.article === article.id);
      const chosen = !filters.article.value || filters.article.value === article.id;
      const shown = chosen ? all.filter((c) => !filters.status.value || c.status === filters.status.value) : [];
      return { id: article.id, title: article.title, counts: counts(all), all, shown };
    });
  });
}

export function counts(clauses: Clause[]): Counts {
  const found = Object.fromEntries(STATUSES.map((s) => [s, 0])) as Counts;
  for (const clause of clauses) found[clause.status as Status] += 1;
  return found;
}
