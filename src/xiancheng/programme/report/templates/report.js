(function () {
  "use strict";
  var root = document.documentElement;
  var all = function (selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); };
  var one = function (id) { return document.getElementById(id); };
  var clauses = all(".clause"), articles = all("section.article"), statuses = all(".count");
  var bureau = one("bureau"), search = one("search"), told = one("told"), empty = one("empty"), expand = one("expand");

  /* language and theme */
  function setLanguage(language) {
    root.setAttribute("data-lang", language);
    root.lang = language === "en" ? "en" : "zh-CN";
    all("[data-zh]").forEach(function (node) {
      var text = node.getAttribute("data-" + language), attribute = node.getAttribute("data-attr");
      if (attribute) node.setAttribute(attribute, text); else node.textContent = text;
    });
    search.placeholder = search.getAttribute("data-" + language + "-placeholder");
    all("[data-set-lang]").forEach(function (b) { b.setAttribute("aria-pressed", String(b.getAttribute("data-set-lang") === language)); });
    tell();
  }
  function setTheme(theme) {
    if (theme === "auto") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", theme);
    all("[data-set-theme]").forEach(function (b) { b.setAttribute("aria-pressed", String(b.getAttribute("data-set-theme") === theme)); });
  }
  all("[data-set-lang]").forEach(function (b) {
    b.addEventListener("click", function () { setLanguage(b.getAttribute("data-set-lang")); });
  });
  all("[data-set-theme]").forEach(function (b) {
    b.addEventListener("click", function () {
      var theme = b.getAttribute("data-set-theme");
      setTheme(theme);
      try { localStorage.setItem("xiancheng-theme", theme); } catch (e) { return; }
    });
  });
  setTheme(root.getAttribute("data-theme") || "auto");

  /* views */
  var tabs = all("[role=tab]");
  function show(tab, focus) {
    tabs.forEach(function (t) {
      var chosen = t === tab;
      t.setAttribute("aria-selected", String(chosen));
      t.tabIndex = chosen ? 0 : -1;
      one(t.getAttribute("aria-controls")).classList.toggle("on", chosen);
    });
    root.setAttribute("data-view", tab.getAttribute("aria-controls"));
    if (focus) tab.focus();
    tell();
  }
  tabs.forEach(function (tab, i) {
    tab.addEventListener("click", function () { show(tab, false); });
    tab.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      var next = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : step ? (i + step + tabs.length) % tabs.length : -1;
      if (next < 0) return;
      event.preventDefault();
      show(tabs[next], true);
    });
  });

  /* opening a clause */
  function open(clause, yes) {
    clause.classList.toggle("open", yes);
    clause.querySelector("button[aria-expanded]").setAttribute("aria-expanded", String(yes));
  }
  clauses.forEach(function (clause) {
    var button = clause.querySelector("button[aria-expanded]");
    button.addEventListener("click", function () { open(clause, !clause.classList.contains("open")); });
    clause.querySelector(".row").addEventListener("click", function (event) {
      if (event.target.closest("button")) return;
      if (String(window.getSelection())) return;
      open(clause, !clause.classList.contains("open"));
    });
  });
  expand.addEventListener("click", function () {
    var yes = expand.getAttribute("aria-pressed") !== "true";
    expand.setAttribute("aria-pressed", String(yes));
    clauses.forEach(function (clause) { open(clause, yes); });
  });
  function follow() {
    var id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch (e) { return; }
    var clause = id && one(id);
    if (!clause || !clause.classList.contains("clause")) return;
    if (clause.hidden) clear();
    show(tabs[0], false);
    open(clause, true);
    clause.scrollIntoView({ block: "start" });
    clause.querySelector("button[aria-expanded]").focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href^='#c-']");
    if (link && link.getAttribute("href") === location.hash) { event.preventDefault(); follow(); }
  });

  /* filters */
  function chosen() {
    return statuses.filter(function (b) { return b.getAttribute("aria-pressed") === "true"; })
      .map(function (b) { return b.getAttribute("data-status"); });
  }
  function filter() {
    var wanted = chosen(), who = bureau.value, words = search.value.toLowerCase().split(/\s+/).filter(Boolean), left = 0;
    clauses.forEach(function (clause) {
      var text = clause.getAttribute("data-search");
      var yes = (!wanted.length || wanted.indexOf(clause.getAttribute("data-status")) >= 0) &&
        (!who || clause.getAttribute("data-bureaus").split(" ").indexOf(who) >= 0) &&
        words.every(function (word) { return text.indexOf(word) >= 0; });
      clause.hidden = !yes;
      if (yes) left += 1;
    });
    articles.forEach(function (article) {
      article.hidden = !all(".clause", article).some(function (clause) { return !clause.hidden; });
    });
    all(".bureau").forEach(function (section) {
      var lines = all(".line", section);
      lines.forEach(function (line) { line.hidden = wanted.length > 0 && wanted.indexOf(line.getAttribute("data-status")) < 0; });
      section.hidden = (who && section.getAttribute("data-bureau") !== who) || lines.every(function (line) { return line.hidden; });
    });
    empty.hidden = left > 0;
    tell();
  }
  function tell() {
    var left = clauses.filter(function (clause) { return !clause.hidden; }).length;
    var english = root.getAttribute("data-lang") === "en";
    told.textContent = left === clauses.length ? "" : english ? left + " of " + clauses.length + " clauses" : "显示 " + left + " 条，共 " + clauses.length + " 条";
  }
  function clear() {
    statuses.forEach(function (b) { b.setAttribute("aria-pressed", "false"); });
    bureau.value = "";
    search.value = "";
    filter();
  }
  statuses.forEach(function (b) {
    b.addEventListener("click", function () {
      b.setAttribute("aria-pressed", String(b.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  });
  bureau.addEventListener("change", filter);
  search.addEventListener("input", filter);
  one("clear").addEventListener("click", function () { clear(); search.focus(); });

  /* a listed place and its mark on the map */
  all(".ind").forEach(function (section) {
    var mark = function (row, yes) {
      var circle = section.querySelector(".marks circle[data-i='" + row.getAttribute("data-i") + "']");
      if (circle) circle.classList.toggle("hot", yes);
    };
    all("tr[data-i]", section).forEach(function (row) {
      row.addEventListener("mouseenter", function () { mark(row, true); });
      row.addEventListener("mouseleave", function () { mark(row, false); });
    });
  });

  root.setAttribute("data-view", "articles");
  follow();
})();
