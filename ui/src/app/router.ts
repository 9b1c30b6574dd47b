/** Addresses of the pages; whoever is not logged in is asked to, and comes back to where they wanted to go. */
import { createRouter, createWebHistory } from "vue-router";
import { whenLoggedOut } from "@/api/client";
import { t } from "@/app/language";
import { pages } from "@/app/pages";
import { loadSession, may, session } from "@/app/session";

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", name: "home", redirect: () => ({ name: may("programme.view") ? "programme" : "city" }) },
    { path: "/login", name: "login", component: () => import("@/pages/login/LoginPage.vue") },
    { path: "/account", name: "account", component: () => import("@/pages/account/AccountPage.vue") },
    { path: "/wall", name: "wall", component: () => import("@/pages/wall/WallPage.vue") },
    ...pages.map((page) => page.route),
    { path: "/:path(.*)*", name: "missing", component: () => import("@/app/MissingPage.vue") },
  ],
});

router.beforeEach(async (to) => {
  const now = await loadSession().catch(() => null);
  if (now === null || to.name === "login") return true;
  if (now.account === null) return { name: "login", query: { next: to.fullPath } };
  // Whose password was given by somebody else makes it their own before anything else.
  if (now.account.must_change_password && to.name !== "account") return { name: "account", query: { next: to.fullPath } };
  return true;
});

router.afterEach((to) => {
  const page = pages.find((p) => p.name === to.name);
  document.title = page ? `${t(page.title.zh, page.title.en)} · ${t("县城", "Xiancheng")}` : t("县城", "Xiancheng");
});

whenLoggedOut(() => {
  if (session.value) session.value = { ...session.value, account: null };
  const here = router.currentRoute.value;
  if (here.name !== "login") void router.push({ name: "login", query: { next: here.fullPath } });
});
