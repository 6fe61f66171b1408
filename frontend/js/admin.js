"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // The theme's templates mark no main part, which screen readers jump to.
  document.getElementById("main")?.setAttribute("role", "main");
  // Nor can its wide tables be scrolled with the keys.
  for (const table of document.querySelectorAll("#main div > table")) {
    if (["auto", "scroll"].includes(getComputedStyle(table.parentElement).overflowX)) table.parentElement.tabIndex = 0;
  }
});
