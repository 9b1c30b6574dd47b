/** Long work on the server: how it stands, followed live. */
import { onScopeDispose, ref, watch, type Ref } from "vue";
import { api, Problem } from "@/api/client";
import type { Text } from "@/app/language";
import { onLive } from "@/app/live";

export type JobState = "waiting" | "running" | "done" | "failed" | "cancelled";

export interface Job {
  id: number;
  kind: string;
  state: JobState;
  step: Text;
  done: number;
  total: number | null;
  result: Record<string, unknown> | null;
  error: { message: Text; hint: Text | null } | null;
  cancelling: boolean;
  user: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

const LOOK_MS = 1500;

export function isOver(job: Job): boolean {
  return job.state === "done" || job.state === "failed" || job.state === "cancelled";
}

/** Names of the kinds of jobs. */
export const KINDS: Record<string, Text> = {
  "import.commit": { zh: "导入", en: "Import" },
  "register.check": { zh: "登记册表格试运行", en: "Trial run of a register's workbook" },
  "register.commit": { zh: "登记册表格写入", en: "Write a register's workbook" },
  "audit.verify": { zh: "核验审计", en: "Verify the audit log" },
  publish: { zh: "发布", en: "Publish" },
  tiles: { zh: "制作地图", en: "Make map tiles" },
  assess: { zh: "评估", en: "Assess" },
};

export interface Followed {
  job: Ref<Job | null>;
  problem: Ref<Problem | null>;
  cancel: () => Promise<void>;
}

/** Follow a job until it is over. Live events make it quick; a slow look makes it sure. */
export function useJob(id: () => number | null): Followed {
  const job = ref<Job | null>(null);
  const problem = ref<Problem | null>(null);
  let timer: ReturnType<typeof setTimeout> | null = null;

  async function look(): Promise<void> {
    const wanted = id();
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (wanted === null) return;
    try {
      const found = await api.get<Job>(`/api/jobs/${wanted}`);
      if (id() !== wanted) return;
      job.value = found;
      problem.value = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problem.value = error;
      if (error.status === 404 || error.status === 401) return;
    }
    if (timer !== null) clearTimeout(timer);
    if (!job.value || !isOver(job.value)) timer = setTimeout(() => void look(), LOOK_MS);
  }

  async function cancel(): Promise<void> {
    const wanted = id();
    if (wanted === null) return;
    try {
      job.value = await api.post<Job>(`/api/jobs/${wanted}/cancel`);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 409) throw error;
      await look();
    }
  }

  watch(
    id,
    () => {
      job.value = null;
      void look();
    },
    { immediate: true },
  );
  onLive("job", (event) => {
    const now = job.value;
    if (event === null) return;
    if (event["id"] !== id() || !now) return;
    const state = event["state"] as JobState;
    job.value = { ...now, state, step: event["step"] as Text, done: event["done"] as number, total: event["total"] as number | null };
    if (isOver(job.value)) {
      // The event does not carry the result.
      job.value = { ...job.value, state: now.state };
      void look();
    }
  });
  onScopeDispose(() => timer !== null && clearTimeout(timer));
  return { job: job as Ref<Job | null>, problem: problem as Ref<Problem | null>, cancel };
}
