/** The pages of the application, in the order of the navigation. */
import type { RouteRecordRaw } from "vue-router";
import type { Text } from "@/app/language";

export interface Page {
  name: string;
  title: Text;
  icon: string;
  /** What somebody needs to see it in the navigation; the API refuses independently of this. */
  permission: string | null;
  /** One of the few that a phone shows in its bar. */
  onPhone: boolean;
  route: RouteRecordRaw;
}

export const pages: Page[] = [
  {
    name: "programme",
    title: { zh: "方案", en: "Programme" },
    icon: "programme",
    permission: "programme.view",
    onPhone: true,
    route: { path: "/programme/:clause?", name: "programme", component: () => import("@/pages/programme/ProgrammePage.vue") },
  },
  {
    name: "city",
    title: { zh: "城市", en: "City" },
    icon: "city",
    permission: null,
    onPhone: true,
    route: { path: "/city", name: "city", component: () => import("@/pages/city/CityPage.vue") },
  },
  {
    name: "access",
    title: { zh: "可达", en: "Access" },
    icon: "access",
    permission: "access.use",
    onPhone: true,
    route: { path: "/access", name: "access", component: () => import("@/pages/access/AccessPage.vue") },
  },
  {
    name: "registers",
    title: { zh: "登记册", en: "Registers" },
    icon: "registers",
    permission: null,
    onPhone: true,
    route: { path: "/registers/:className?/:objectId?", name: "registers", component: () => import("@/pages/registers/RegistersPage.vue") },
  },
  {
    name: "imports",
    title: { zh: "导入", en: "Imports" },
    icon: "imports",
    permission: "model.import",
    onPhone: false,
    route: { path: "/imports/:id?", name: "imports", component: () => import("@/pages/imports/ImportsPage.vue") },
  },
  {
    name: "people",
    title: { zh: "人员与单位", en: "People and units" },
    icon: "people",
    permission: "people.view",
    onPhone: false,
    route: { path: "/people", name: "people", component: () => import("@/pages/people/PeoplePage.vue") },
  },
  {
    name: "audit",
    title: { zh: "审计", en: "Audit" },
    icon: "audit",
    permission: "audit.view",
    onPhone: false,
    route: { path: "/audit", name: "audit", component: () => import("@/pages/audit/AuditPage.vue") },
  },
];
