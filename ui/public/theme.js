// Before the first paint: the chosen theme, so that a dark page never flashes white.
(function () {
  var chosen = localStorage.getItem("xiancheng.theme");
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
