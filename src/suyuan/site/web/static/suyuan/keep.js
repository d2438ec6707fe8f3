// The other language takes along what was typed: the form goes to the same page with the language in its address.
"use strict";
(() => {
  let typed = false;
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      if (event.target.closest("form[data-keep]")) typed = true;
    });
  }
  document.getElementById("other-language")?.addEventListener("click", (event) => {
    const form = document.querySelector("form[data-keep]");
    // An untouched page is simply asked for again; one that came as an answer holds what its address does not.
    if (!form || !(typed || form.dataset.keep === "POST")) return;
    event.preventDefault();
    const way = document.createElement("input");
    way.type = "hidden";
    way.name = "do";
    way.value = "show";
    form.append(way);
    const address = new URL(form.action);
    address.searchParams.set("lang", new URL(event.currentTarget.href).searchParams.get("lang"));
    form.action = address.href;
    form.submit();
  });
})();

// A form that is sent whole may take a while: the line under the masthead says so, unless it only fetches a file.
(() => {
  const busy = document.getElementById("busy");
  const fetches = /^(json|svg)/;
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && !fetches.test(event.submitter?.value ?? "")) busy?.classList.add("htmx-request");
  });
  addEventListener("pageshow", () => busy?.classList.remove("htmx-request"));
})();
