/** Short messages that come and go: what was done, or what went wrong, with at most one action such as undo. */
import { ref } from "vue";
import { Problem } from "@/api/client";
import { say } from "@/app/language";

export interface Toast {
  id: number;
  kind: "done" | "problem";
  text: string;
  hint: string;
  action: { label: string; run: () => void | Promise<void> } | null;
}

export const toasts = ref<Toast[]>([]);
let next = 1;

function show(toast: Omit<Toast, "id">, seconds: number): void {
  const id = next++;
  toasts.value = [...toasts.value.slice(-3), { ...toast, id }];
  setTimeout(() => dismiss(id), seconds * 1000);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function tellDone(text: string, action: Toast["action"] = null): void {
  show({ kind: "done", text, hint: "", action }, action ? 12 : 5);
}

/** Tell a problem; anything else is a fault of ours and thrown on. */
export function tellProblem(error: unknown): void {
  if (!(error instanceof Problem)) throw error;
  show({ kind: "problem", text: say(error.text), hint: say(error.hint), action: null }, 12);
}
