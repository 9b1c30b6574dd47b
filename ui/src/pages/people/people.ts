/** Units, accounts and roles, as the API gives them. */
import type { Text } from "@/app/language";
import { say, t } from "@/app/language";

export interface Unit {
  id: number;
  code: string;
  name: Text;
  parent_id: number | null;
  bureau: string;
  active: boolean;
  accounts: number;
}

export interface Bureau {
  id: string;
  title: Text;
}

export interface Held {
  role: string;
  unit: { id: number; code: string; name: Text; active: boolean } | null;
}

export interface Person {
  id: number;
  username: string;
  full_name: string;
  phone: string;
  active: boolean;
  must_change_password: boolean;
  locked_until: string | null;
  last_login: string | null;
  created_at: string;
  roles: Held[];
}

export interface Named {
  name: string;
  title: Text;
}

export interface Role extends Named {
  grants: Named[];
  sees: Named[];
  edits: Named[];
  accounts: number;
}

export interface Branch {
  unit: Unit;
  depth: number;
  hasChildren: boolean;
}

/** Units with their depth, in the order of the API: parents before their children. */
export function branches(units: readonly Unit[]): Branch[] {
  const depths = new Map<number, number>();
  const parents = new Set(units.map((unit) => unit.parent_id));
  return units.map((unit) => {
    const depth = unit.parent_id === null ? 0 : (depths.get(unit.parent_id) ?? 0) + 1;
    depths.set(unit.id, depth);
    return { unit, depth, hasChildren: parents.has(unit.id) };
  });
}

/** The ids of a unit and of all below it. */
export function below(units: readonly Unit[], id: number): Set<number> {
  const found = new Set([id]);
  for (const unit of units) if (unit.parent_id !== null && found.has(unit.parent_id)) found.add(unit.id);
  return found;
}

export function heldTitle(held: Held, roles: readonly Role[]): string {
  const title = say(roles.find((role) => role.name === held.role)?.title) || held.role;
  if (held.unit === null) return title;
  return t(`${title}（${held.unit.name.zh}）`, `${title} (${held.unit.name.en})`);
}

export type PersonState = "active" | "inactive" | "locked" | "new";

export function stateOf(person: Person): PersonState {
  if (!person.active) return "inactive";
  if (person.locked_until !== null) return "locked";
  return person.must_change_password ? "new" : "active";
}

export function stateTitle(state: PersonState): string {
  switch (state) {
    case "active":
      return t("启用", "active");
    case "inactive":
      return t("停用", "deactivated");
    case "locked":
      return t("锁定中", "locked");
    case "new":
      return t("待改口令", "must change password");
  }
}
