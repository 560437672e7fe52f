// Keeps pages up to date: one stream of marks for all tabs of a browser. Where a mark differs from the page's own, its parts are
// fetched anew. Without this file a page shows how things stood when it was opened, and its links and forms work as ever.
(function () {
  "use strict";

  var POLL = 4000, PATIENCE = 3000, AGAIN = 5000;  // ms: between polls; before a lost connection is told; before the next stream
  var latest = null, heardAt = null, lost = false, ended = false;
  var source = null, release = null, wants = false, timers = {};
  var channel = "BroadcastChannel" in window ? new BroadcastChannel("offshelf-live") : null;
  var shared = channel && navigator.locks;  // locks need https or loopback: without them each tab polls

  function box() { return document.getElementById("live"); }
  function later(name, wait, work) { clearTimeout(timers[name]); timers[name] = setTimeout(work, wait); }
  function never(name) { clearTimeout(timers[name]); delete timers[name]; }
  function clock(at) { return at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" }); }

  // -- what is shown --------------------------------------------------------------------------------------------
  function mark(topics) {
    return topics.split(" ").map(function (topic) { return latest[topic] || ""; }).join(" ");
  }
  function busy(part) {  // somebody reads or types there: it is fetched when they are done
    if (!part || part.querySelector("details[open]")) return true;
    var at = document.activeElement;
    return part.contains(at) && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
  }
  function refresh() {
    var here = box();
    if (!here || !latest || document.hidden || here.dataset.busy) return;
    var now = mark(here.dataset.live);
    var parts = here.dataset.parts.split(" ").filter(function (id) { return !busy(document.getElementById(id)); });
    if (now === here.dataset.mark || !parts.length || (now === here.dataset.shown && parts.join() === here.dataset.did)) return;
    here.dataset.busy = "1";
    here.dataset.next = now;
    here.dataset.did = parts.join();
    here.setAttribute("hx-select-oob", parts.map(function (id) { return "#" + id; }).join(","));
    // The address as it is now: filters may have changed it since the page was made.
    window.htmx.ajax("GET", here.dataset.url || location.pathname + location.search, { source: here, target: here, swap: "none", headers: { "x-live": "1" } });
  }
  document.addEventListener("htmx:afterRequest", function (event) {
    var here = box();
    if (event.target !== here) return;
    delete here.dataset.busy;
    if (event.detail.successful) {
      here.dataset.shown = here.dataset.next;
      var all = here.dataset.did.split(",").length === here.dataset.parts.split(" ").length;
      if (all) here.dataset.mark = here.dataset.next;
      refresh();
    } else later("refresh", PATIENCE, refresh);
  });
  ["toggle", "focusout", "change"].forEach(function (name) {
    document.addEventListener(name, function () { later("refresh", 250, refresh); }, true);
  });

  function tell() {
    var here = box();
    if (!here) return;
    var text = ended ? here.dataset.ended : lost ? here.dataset.lost.replace("{at}", clock(heardAt || opened)) : "";
    if (here.textContent !== text) here.textContent = text;
    here.classList.toggle("shown", text !== "");
  }
  var opened = new Date();

  function hear(marks) { latest = marks; heardAt = new Date(); lost = ended = false; never("lost"); tell(); refresh(); }
  function lose() { if (!ended) { lost = true; tell(); } }
  function end() { ended = true; close(); tell(); }

  // -- polling: where tabs cannot share a stream, and while it is away ------------------------------------------
  function poll() {
    if (document.hidden || ended) return;
    fetch("/live/now", { headers: { "x-live": "1" }, redirect: "manual", credentials: "same-origin" }).then(function (answer) {
      if (answer.type === "opaqueredirect" || answer.status === 401) { end(); return null; }
      return answer.ok ? answer.json() : Promise.reject();
    }).then(function (marks) { if (marks) { hear(marks); say({ marks: marks }); } }).catch(lose).then(function () {
      if (!source || source.readyState !== 1) later("poll", POLL, poll);
    });
  }

  // -- one stream for all tabs ----------------------------------------------------------------------------------
  function say(what) { if (channel) channel.postMessage(what); }
  if (channel) channel.onmessage = function (event) {
    var what = event.data;
    if (what.hello && source && latest) say(lost ? { lost: true, marks: latest } : { marks: latest });
    if (what.ended) end();
    else if (what.lost) { if (what.marks && !latest) latest = what.marks; lose(); }
    else if (what.marks && !source) hear(what.marks);
  };
  function close() {
    ["lost", "poll", "again"].forEach(never);
    if (source) source.close();
    source = null;
    if (release) { release(); release = null; }
  }
  function open() {
    never("again");
    if (source) source.close();
    source = new EventSource("/live");
    source.onopen = function () { never("lost"); never("poll"); if (lost && latest) { lost = false; tell(); say({ marks: latest }); } };
    source.onmessage = function (event) { var marks = JSON.parse(event.data); hear(marks); say({ marks: marks }); };
    source.addEventListener("ended", function () { say({ ended: true }); end(); });
    source.onerror = function () {
      // Every stream ends after a while, and the browser comes back at once: only what stays away is told.
      if (!timers.lost && !lost) later("lost", PATIENCE, function () { never("lost"); lose(); say({ lost: true }); poll(); });
      if (source && source.readyState === 2) later("again", AGAIN, open);
    };
  }
  function lead() {
    if (wants || document.hidden || ended) return;
    wants = true;
    navigator.locks.request("offshelf-live", function () {
      wants = false;
      if (document.hidden || ended) return null;
      open();
      return new Promise(function (done) { release = done; });
    });
  }
  function begin() {
    if (!box() || ended) return;
    if (!shared) { poll(); return; }
    say({ hello: true });
    lead();
  }
  document.addEventListener("visibilitychange", function () { if (document.hidden) close(); else begin(); });
  window.addEventListener("online", function () { if (source) open(); else if (!shared) poll(); });
  window.addEventListener("offline", function () { lose(); say({ lost: true }); });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", function (event) { if (event.persisted) begin(); });
  document.addEventListener("DOMContentLoaded", begin);
})();
