// Zoom a stream: drag over the picture, or arrow keys, + − 0. Without this script the links beside it do the same.
"use strict";
(() => {
  const area = document.getElementById("course");
  if (!area) return;
  let asked = 0;

  async function show(address, push) {
    const mine = ++asked;
    const focused = area.contains(document.activeElement) && document.activeElement.matches(".zoomed");
    area.classList.add("slow");
    try {
      const answer = await fetch(address, { headers: { "X-Suyuan-Part": "course" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (mine !== asked) return;
      const made = document.createElement("template");
      made.innerHTML = text;
      area.replaceChildren(made.content);
      if (push) history.pushState({ course: true }, "", address);
      begin();
      if (focused) area.querySelector(".zoomed")?.focus({ preventScroll: true });
    } catch {
      location.assign(address);
    } finally {
      if (mine === asked) area.classList.remove("slow");
    }
  }

  function spanned(first, last) {
    const address = new URL(location.href);
    address.hash = "";
    address.searchParams.set("from", String(Math.round(first)));
    address.searchParams.set("to", String(Math.round(last)));
    address.searchParams.delete("page");
    return address.href;
  }

  function place(svg, event) {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const { left, columns } = svg.dataset;
    const x = (event.clientX - box.left) * scale;
    return Math.min(Number(columns), Math.max(0, x - Number(left)));
  }

  function drag(svg) {
    let from = null;
    let mark = null;
    svg.addEventListener("pointerdown", (event) => {
      if (event.button || event.target.closest("a")) return;
      from = place(svg, event);
      svg.setPointerCapture(event.pointerId);
      mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      mark.setAttribute("class", "chosen");
      mark.setAttribute("y", svg.dataset.top);
      mark.setAttribute("height", svg.dataset.plot);
      svg.append(mark);
    });
    svg.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const here = place(svg, event);
      mark.setAttribute("x", String(Math.min(from, here) + Number(svg.dataset.left)));
      mark.setAttribute("width", String(Math.abs(here - from)));
    });
    const end = (event, taken) => {
      if (from === null) return;
      const here = place(svg, event);
      const [a, b] = [Math.min(from, here), Math.max(from, here)];
      from = null;
      mark.remove();
      if (!taken || b - a < 4) return;
      const [first, last] = [Number(svg.dataset.first), Number(svg.dataset.last)];
      const step = (last - first) / Number(svg.dataset.columns);
      if ((b - a) * step < 2000) return;
      show(spanned(first + a * step, first + b * step), true);
    };
    svg.addEventListener("pointerup", (event) => end(event, true));
    svg.addEventListener("pointercancel", (event) => end(event, false));
  }

  const KEYS = { ArrowLeft: "earlier", ArrowRight: "later", "+": "nearer", "=": "nearer", "-": "farther", "−": "farther", 0: "all" };

  function begin() {
    const figure = area.querySelector(".zoomed");
    if (!figure) return;
    figure.classList.add("live");
    area.querySelectorAll(".how").forEach((how) => { how.hidden = false; });
    figure.querySelectorAll("svg.course").forEach(drag);
    figure.addEventListener("keydown", (event) => {
      const name = KEYS[event.key];
      const way = name && !event.ctrlKey && !event.metaKey && !event.altKey ? area.querySelector(`[data-zoom=${name}]`) : null;
      if (!way) return;
      event.preventDefault();
      show(way.href, true);
    });
    area.querySelectorAll("[data-zoom]").forEach((way) => {
      way.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        show(way.href, true);
      });
    });
  }

  window.addEventListener("popstate", () => show(location.href, false));
  begin();
})();
