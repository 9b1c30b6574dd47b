/** Who is logged in, and whose county this is. */
import { computed, ref } from "vue";
import { api } from "@/api/client";
import type { Text } from "@/app/language";

export interface Account {
  id: number;
  username: string;
  full_name: string;
  phone: string;
  roles: string[];
  units: string[];
  bureaus: string[];
  permissions: string[];
  sees: string[];
  edits: string[];
  must_change_password: boolean;
  /** The roles in words; without a unit they are held in the whole county. */
  held: { title: Text; unit: Text | null }[];
}

export interface Session {
  county: { name: Text; code: string; synthetic: boolean; programmes: string[] };
  account: Account | null;
  live: string;
  version: string;
  /** The county's own identity service, if people may log in with it. */
  oidc: { name: string; url: string } | null;
}

export const session = ref<Session | null>(null);
export const account = computed(() => session.value?.account ?? null);

export async function loadSession(): Promise<Session> {
  session.value ??= await api.get<Session>("/api/session");
  return session.value;
}

export async function logIn(username: string, password: string): Promise<void> {
  session.value = await api.post<Session>("/api/session/login", { username, password });
}

export async function logOut(): Promise<void> {
  session.value = await api.post<Session>("/api/session/logout");
}

/** Whether the account has a permission, such as `model.publish`. */
export function may(permission: string): boolean {
  return account.value?.permissions.includes(permission) ?? false;
}

export function maySee(className: string): boolean {
  return account.value?.sees.includes(className) ?? false;
}

export function mayEdit(className: string): boolean {
  return may("model.edit") && (account.value?.edits.includes(className) ?? false);
}
