"use strict";

// The theme's templates mark no main part, which screen readers jump to.
document.addEventListener("DOMContentLoaded", () => document.getElementById("main")?.setAttribute("role", "main"));
