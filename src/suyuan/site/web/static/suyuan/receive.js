// Drop files and watch each one go. Without this script the form sends them all at once and works the same.
"use strict";
(() => {
  const form = document.getElementById("receive");
  if (!form || !window.FormData || !window.XMLHttpRequest) return;
  const input = document.getElementById("files");
  const drop = document.getElementById("drop");
  const list = document.getElementById("received");
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const limit = Number(form.dataset.limit) * 1024 * 1024;
  const tally = document.getElementById("tally");
  const waiting = [];
  let going = 0;
  // Files go by themselves here: a button beside them would send the form again and stop those on their way.
  document.getElementById("send").hidden = true;
  document.getElementById("at-once").hidden = false;

  function count() {
    const of = (became) => list.querySelectorAll(`:scope > li[data-became=${became}]`).length;
    const said = { kept: of("kept"), known: of("known"), refused: of("refused"), going: going + waiting.length };
    const parts = [form.dataset.tally];
    if (said.known) parts.push(form.dataset.known);
    if (said.going) parts.push(form.dataset.going);
    tally.textContent = parts.join("").replace(/\[(\w+)\]/g, (_, name) => said[name]);
  }

  function line(name, note) {
    const row = document.createElement("li");
    row.className = "going";
    const head = document.createElement("div");
    head.className = "line";
    const state = document.createElement("span");
    state.className = "st mute";
    state.textContent = note;
    const file = document.createElement("span");
    file.className = "what file";
    file.textContent = name;
    head.append(state, file);
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    row.append(head, bar);
    list.prepend(row);
    return { row, bar, state };
  }

  function failed(shown, note) {
    shown.bar.remove();
    shown.row.className = "failed";
    shown.row.dataset.became = "refused";
    shown.state.className = "st bad";
    shown.state.textContent = note;
  }

  function send(file) {
    const shown = line(file.name, form.dataset.sending);
    if (file.size > limit) {
      failed(shown, form.dataset.large);
      return;
    }
    going += 1;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token);
    body.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("X-Suyuan-File", "1");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) shown.bar.value = event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      going -= 1;
      const told = (request.getResponseHeader("Content-Type") || "").startsWith("text/html");
      if (told && [200, 422, 507].includes(request.status)) {
        const made = document.createElement("template");
        made.innerHTML = request.responseText;
        shown.row.replaceWith(made.content);
      } else {
        failed(shown, form.dataset.failed);
      }
      next();
    });
    request.send(body);
  }

  function next() {
    while (going < 3 && waiting.length) send(waiting.shift());
    count();
  }

  function take(files) {
    if (!files.length) return;
    waiting.push(...files);
    next();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take(Array.from(input.files));
    form.reset();
  });
  input.addEventListener("change", () => {
    if (!input.files.length) return;
    take(Array.from(input.files));
    form.reset();
  });
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, () => drop.classList.remove("over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    take(Array.from(event.dataTransfer.files));
  });
  window.addEventListener("beforeunload", (event) => {
    if (going || waiting.length) event.preventDefault();
  });
  // A file that misses the field would otherwise open in place of the page.
  for (const kind of ["dragover", "drop"]) {
    window.addEventListener(kind, (event) => event.preventDefault());
  }
})();
