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
  function draw(box) {
    if (!window.echarts) return;
    var plot = window.echarts.getInstanceByDom(box) || window.echarts.init(box, null, { renderer: "svg" });
    var option = JSON.parse(document.getElementById(box.dataset.plot).textContent);
    option.aria = { enabled: true };
    option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--ink") };
    option.color = option.color.map(colour);  // names of our tokens: a plot follows the theme
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
    new ResizeObserver(function () { plot.resize(); }).observe(box);
  }
  function settle(root) {
    root.querySelectorAll("form[data-keep]").forEach(restore);
    root.querySelectorAll("[data-plot]").forEach(draw);
  }
  document.addEventListener("DOMContentLoaded", function () { forget(); settle(document); });
  document.addEventListener("htmx:load", function (event) { settle(event.target); });
})();
