/** The assessment: loaded, waited for while its figures are computed, kept between visits of the page. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { api, Problem } from "@/api/client";
import { onLive } from "@/app/live";
import { isComputing, type Assessment, type Computing } from "@/pages/programme/types";

const COMPUTING_MS = 1000;
const PENDING_MS = 4000;

export interface AssessmentState {
  assessment: ShallowRef<Assessment | null>;
  computing: ShallowRef<Computing | null>;
  problem: Ref<Problem | null>;
  reload: () => Promise<void>;
}

let kept: { on: string; assessment: Assessment } | null = null;

export function useAssessment(on: () => string): AssessmentState {
  const assessment = shallowRef<Assessment | null>(kept?.on === on() ? kept.assessment : null);
  const computing = shallowRef<Computing | null>(null);
  const problem = ref<Problem | null>(null) as Ref<Problem | null>;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let controller: AbortController | null = null;

  async function reload(): Promise<void> {
    clearTimeout(timer);
    controller?.abort();
    const mine = (controller = new AbortController());
    const day = on();
    try {
      const answer = await api.get<Assessment | Computing>("/api/programme/assessment", { on: day }, mine.signal);
      if (mine.signal.aborted) return;
      problem.value = null;
      if (isComputing(answer)) {
        computing.value = answer;
        if (answer.job.state !== "failed" && answer.job.state !== "cancelled") timer = setTimeout(() => void reload(), COMPUTING_MS);
      } else {
        kept = { on: day, assessment: answer };
        assessment.value = answer;
        computing.value = null;
        if (answer.pending.length) timer = setTimeout(() => void reload(), PENDING_MS);
      }
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      problem.value = error;
    }
  }

  watch(
    on,
    (day) => {
      if (kept?.on !== day) assessment.value = null;
      void reload();
    },
    { immediate: true },
  );
  // A snapshot was published, or the figures of one are ready.
  for (const topic of ["published", "assessed"]) onLive(topic, () => void reload());
  onScopeDispose(() => {
    clearTimeout(timer);
    controller?.abort();
  });
  return { assessment, computing, problem, reload };
}
