import { createApp } from "vue";
import App from "@/app/App.vue";
import { router } from "@/app/router";
import "@/styles/tokens.css";
import "@/styles/base.css";
import "@/styles/forms.css";

createApp(App).use(router).mount("#app");
