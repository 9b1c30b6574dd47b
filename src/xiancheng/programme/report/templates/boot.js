(function () {
  var root = document.documentElement, theme = null;
  root.classList.add("js");
  try { theme = localStorage.getItem("xiancheng-theme"); } catch (e) { theme = null; }
  if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);
})();
