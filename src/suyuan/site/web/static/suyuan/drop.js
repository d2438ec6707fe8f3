// Files dropped anywhere on a drop zone go into its field. Without this script the field takes them as well.
"use strict";
for (const zone of document.querySelectorAll("label.drop")) {
  const input = zone.querySelector("input[type=file]");
  if (!input) continue;
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}
