/** Watching a job until it ends. */
import { ref, shallowRef, onScopeDispose, type Ref, type ShallowRef } from "vue";
import { api, Problem } from "@/api/client";
import type { Text } from "@/app/language";

export interface Job {
  id: number;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  step: Text;
  done: number;
  total: number | null;
  result: Record<string, unknown> | null;
  error: { message: Text; hint: Text | null } | null;
}

const PAUSE = 600;

export interface Watched<R> {
  job: ShallowRef<Job | null>;
  running: Ref<boolean>;
  /** Begin work that answers with a job's number, wait for its end and return its result. */
  run: (begin: () => Promise<{ job: number }>) => Promise<{ id: number; result: R }>;
}

/** One job of a dialogue: its progress is shown, its failure is thrown as a problem. */
export function useJob<R>(): Watched<R> {
  const job = shallowRef<Job | null>(null);
  const running = ref(false);
  let gone = false;
  onScopeDispose(() => (gone = true));

  async function run(begin: () => Promise<{ job: number }>): Promise<{ id: number; result: R }> {
    running.value = true;
    job.value = null;
    try {
      const { job: id } = await begin();
      for (;;) {
        const now = await api.get<Job>(`/api/jobs/${id}`);
        job.value = now;
        if (now.state === "done") return { id, result: now.result as R };
        if (now.state === "failed" || now.state === "cancelled" || gone) {
          const fallback = { zh: "任务已取消", en: "the job was cancelled" };
          throw new Problem(0, now.error?.message ?? fallback, now.error?.hint ?? null, {}, {});
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    } finally {
      running.value = false;
    }
  }
  return { job, running, run };
}
