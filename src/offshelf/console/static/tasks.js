// Tasks: copying an id, photographs one after another, how far an upload is. Without this file every form still works.
(function () {
  "use strict";

  // Copying. Where the browser has no clipboard the button stays hidden; the id stands there to be selected.
  function offer(root) {
    if (!navigator.clipboard) return;
    root.querySelectorAll("[data-copy]").forEach(function (button) { button.hidden = false; });
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(button.dataset.copy).then(function () {
      var use = button.querySelector("use"), before = use.getAttribute("href");
      use.setAttribute("href", before.replace(/#.*/, "#check"));
      window.setTimeout(function () { use.setAttribute("href", before); }, 1500);
    });
  });

  // A camera gives one photograph at a time and forgets the one before: they are gathered here, and shown.
  var gathered = new WeakMap();
  function put(input, files) {
    var all = new DataTransfer();
    files.forEach(function (file) { all.items.add(file); });
    gathered.set(input, files);
    input.files = all.files;
    show(input, files);
  }
  function show(input, files) {
    var list = input.parentNode.querySelector(".picked");
    if (!list) {
      list = document.createElement("ul");
      list.className = "picked";
      input.after(list);
    }
    list.querySelectorAll("img").forEach(function (image) { URL.revokeObjectURL(image.src); });
    list.textContent = "";
    files.forEach(function (file, number) {
      var item = document.createElement("li"), name = document.createElement("span");
      if (/^image\//.test(file.type)) {
        var image = document.createElement("img");
        image.src = URL.createObjectURL(file);
        image.alt = file.name;
        item.append(image);
      } else {
        name.textContent = file.name;
        item.append(name);
      }
      var away = document.createElement("button");
      away.type = "button";
      away.className = "tool";
      away.textContent = "×";
      away.setAttribute("aria-label", "× " + file.name);
      away.addEventListener("click", function () {
        put(input, files.filter(function (_, other) { return other !== number; }));
      });
      item.append(away);
      list.append(item);
    });
  }
  function same(one, other) {
    return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
  }
  document.addEventListener("change", function (event) {
    var input = event.target;
    if (input.type !== "file" || !input.multiple || !input.form || !input.form.dataset.most) return;
    var before = gathered.get(input) || [];
    var fresh = Array.from(input.files).filter(function (file) {
      return !before.some(function (known) { return same(known, file); });
    });
    lighter(fresh).then(function (files) { put(input, before.concat(files)); });
  });

  // A photograph of a phone may be ten megabytes, and ten of them more than a form may have: large ones are drawn smaller.
  var LARGE = 2 * 1024 * 1024, SIDE = 2560;
  function lighter(files) { return Promise.all(files.map(smaller)); }
  function smaller(file) {
    if (file.size <= LARGE || !/^image\/(jpeg|webp|heic|heif)$/.test(file.type) || !window.createImageBitmap) return Promise.resolve(file);
    return createImageBitmap(file).then(function (picture) {
      var scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) { canvas.toBlob(done, "image/jpeg", 0.85); });
    }).then(function (blob) {
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
    }).catch(function () { return file; });
  }

  // How far the upload is.
  document.addEventListener("htmx:xhr:progress", function (event) {
    var bar = event.target.querySelector && event.target.querySelector("progress.sending");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = 100 * event.detail.loaded / event.detail.total;
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var bar = event.target.querySelector && event.target.querySelector("progress.sending");
    if (bar) bar.hidden = true;
  });

  document.addEventListener("DOMContentLoaded", function () { offer(document); });
})();
