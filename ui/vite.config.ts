import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

const server = process.env["XIANCHENG_SERVER"] ?? "http://localhost:8017";

export default defineConfig({
  plugins: [vue()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      "meshoptimizer/decoder": fileURLToPath(new URL("./src/pages/city/noMeshopt.ts", import.meta.url)),
    },
  },
  build: {
    outDir: "../src/xiancheng/site/dist",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1200,
  },
  // The server compares the origin of a request with the host that it was sent to.
  server: {
    proxy: Object.fromEntries(["/api", "/ogc", "/healthz"].map((p) => [p, { target: server, changeOrigin: false }])),
  },
});
