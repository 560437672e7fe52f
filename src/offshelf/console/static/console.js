// What pages need beyond HTML, as elements of our own. Without this file every page still works.
(function () {
  "use strict";

  // A form that is sent twice by a double click is sent once. It wakes up again when the answer is there.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.sent === "1") { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(function () { delete form.dataset.sent; }, 4000);
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.target.closest && event.target.closest("form");
    if (form) delete form.dataset.sent;
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  // What was typed survives a session that ended meanwhile: kept in this tab until the form has gone through.
  function slot(form) { return "kept:" + form.dataset.keep; }
  function keeps(field) { return field.name && field.type !== "password" && field.type !== "hidden" && field.type !== "file"; }
  function save(form) {
    var told = {};
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!keeps(field)) return;
      var ticks = field.type === "checkbox" || field.type === "radio";
      if (!ticks || field.checked) told[field.name] = field.value;
      else if (!(field.name in told)) told[field.name] = null;  // another of its group may be the one that is chosen
    });
    sessionStorage.setItem(slot(form), JSON.stringify(told));
  }
  function restore(form) {
    var told = sessionStorage.getItem(slot(form));
    if (!told) return;
    told = JSON.parse(told);
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!keeps(field) || !(field.name in told)) return;
      if (field.type === "checkbox" || field.type === "radio") field.checked = told[field.name] === field.value;
      else if (!field.value || field.value === field.defaultValue) field.value = told[field.name];
    });
  }
  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (form && form.dataset.keep) save(form);
  });
  function forget() {
    var gone = document.querySelector("[data-forget]");
    if (gone) sessionStorage.removeItem("kept:" + gone.dataset.forget);
  }

  // Plots: the data stands in the page as JSON and, for everybody, as a table beside it.
  function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  // Every colour in the data of a plot is the name of one of our tokens: a plot follows the theme.
  function paint(part) {
    Object.keys(part).forEach(function (key) {
      var value = part[key];
      if (value && typeof value === "object") paint(value);
      else if (/color$/i.test(key) && /^--[a-z-]+$/.test(value)) part[key] = colour(value);
    });
  }
  // A graph is as high as its rows, and its labels as wide as its columns.
  function fit(box, plot) {
    if (!box.dataset.columns) return;
    var wide = Math.max(40, (box.clientWidth - 20) / box.dataset.columns - 26);
    plot.setOption({ series: [{ label: { width: wide } }] });
  }
  function draw(box) {
    if (!window.echarts) return;
    if (box.dataset.rows) box.style.height = Math.max(120, 48 * box.dataset.rows + 40) + "px";
    var plot = window.echarts.getInstanceByDom(box) || window.echarts.init(box, null, { renderer: "svg" });
    var option = JSON.parse(document.getElementById(box.dataset.plot).textContent);
    option.aria = { enabled: true };
    if (box.dataset.told) option.aria.label = { description: box.dataset.told };
    paint(option);
    option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--ink") };
    option.color = option.color.map(colour);
    option.tooltip = Object.assign({ renderMode: "richText" }, option.tooltip || {});
    [option.xAxis, option.yAxis].forEach(function (axis) {
      if (!axis) return;
      axis.axisLabel = Object.assign({ color: colour("--ink-soft") }, axis.axisLabel || {});
      axis.splitLine = { lineStyle: { color: colour("--line") } };
      axis.axisLine = { lineStyle: { color: colour("--line") } };
    });
    if (option.legend) option.legend.textStyle = { color: colour("--ink") };
    option.animation = false;
    plot.setOption(option, true);
    fit(box, plot);
    new ResizeObserver(function () { plot.resize(); fit(box, plot); }).observe(box);
  }
  function settle(root) {
    root.querySelectorAll("form[data-keep]").forEach(restore);
    root.querySelectorAll("[data-plot]").forEach(draw);
  }
  document.addEventListener("DOMContentLoaded", function () { forget(); settle(document); });
  document.addEventListener("htmx:load", function (event) { settle(event.target); });
})();
