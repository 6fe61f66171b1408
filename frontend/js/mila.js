// Small comforts on top of pages that work without them: no double submit, live countdowns, completion of places,
// toasts that can be closed, dialogs, the first wrong field, the focus, a word when the connection is lost. No framework,
// nothing inline.

const own = (root, selector) => [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];

// --- Double submit: a form marked data-once is sent once; coming back by the back button frees it again. -----------

const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]") || event.defaultPrevented) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  form.setAttribute("aria-busy", "true");
  // Only after the browser has collected the fields, or the pressed button's own value would be missing.
  setTimeout(() => buttonsOf(form).forEach((button) => button.setAttribute("aria-disabled", "true")));
});

const buttonsOf = (form) => [...form.elements].filter((element) => element.type === "submit");

function release(form) {
  sent.delete(form);
  form.removeAttribute("aria-busy");
  buttonsOf(form).forEach((button) => button.removeAttribute("aria-disabled"));
}

addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach(release));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-once]");
  if (form) release(form);
});

// --- Countdowns: <time data-until="ISO"> inside .countdown, with an optional <progress> beside it. -----------------

const SOON = 5 * 60;
const two = (number) => String(number).padStart(2, "0");

function tick() {
  for (const time of document.querySelectorAll("time[data-until]")) {
    const left = Math.round((Date.parse(time.dataset.until) - Date.now()) / 1000);
    const box = time.closest(".countdown");
    box?.classList.toggle("soon", left > 0 && left <= SOON);
    box?.classList.toggle("over", left <= 0);
    if (left <= 0) {
      time.textContent = box?.dataset.over ?? "0:00";
      delete time.dataset.until;
    } else if (left < 24 * 3600) {
      const hours = Math.floor(left / 3600);
      const minutes = Math.floor((left % 3600) / 60);
      time.textContent = hours ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
    }
    const bar = box?.querySelector("progress");
    if (bar) bar.value = Math.max(0, left);
  }
}

tick();
setInterval(tick, 1000);

// --- Completion of places: <input data-complete="/api/places">, after the ARIA combobox pattern. -------------------

let lists = 0;

function complete(input) {
  const list = document.createElement("ul");
  const status = input.parentElement.querySelector("[role=status]");
  let active = -1;
  let timer;
  let request;

  list.id = `suggestions-${++lists}`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() ?? input.name);
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  const close = () => {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const choose = (option) => {
    input.value = option.dataset.value;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const mark = (index) => {
    const options = [...list.children];
    if (!options.length) return;
    active = (index + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  };

  const show = (places) => {
    list.replaceChildren(
      ...places.map((place, index) => {
        const option = document.createElement("li");
        const code = document.createElement("b");
        const canton = document.createElement("small");
        code.textContent = place.postcode;
        canton.textContent = place.canton;
        option.append(code, place.name, canton);
        option.id = `${list.id}-${index}`;
        option.dataset.value = place.label;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        return option;
      }),
    );
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = !places.length;
    input.setAttribute("aria-expanded", String(places.length > 0));
    if (status) {
      const { none, one, many } = status.dataset;
      status.textContent = places.length > 1 ? `${many} ${places.length}` : places.length ? one : none;
    }
  };

  const ask = async () => {
    const query = input.value.trim();
    if (query.length < 2) return close();
    request?.abort();
    request = new AbortController();
    try {
      const address = new URL(input.dataset.complete, location.href);
      address.searchParams.set("q", query);
      const answer = await fetch(address, { signal: request.signal, headers: { Accept: "application/json" } });
      if (answer.ok && document.activeElement === input) show(await answer.json());
    } catch {
      // Offline or overtaken by the next letter: the field stays a plain text field.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 140);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active < 0 ? -1 : active - 1);
    else if (event.key === "Enter" && active >= 0) choose(list.children[active]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  // Before blur, which would close the list under the finger.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("li");
    if (option) choose(option);
  });
}

// --- Toasts and the connection. ------------------------------------------------------------------------------------

function dismissible(toast) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "dismiss";
  button.textContent = "×";
  button.setAttribute("aria-label", toast.parentElement?.dataset.dismiss ?? "×");
  button.addEventListener("click", () => {
    toast.remove();
    // Whoever closed it by a key goes on in the page, not from its very beginning.
    (document.querySelector(".toast .dismiss") ?? document.querySelector("main"))?.focus({ preventScroll: true });
  });
  toast.append(button);
}

// Good news goes by itself: after a while, or sooner when the state of the page of which it speaks (the part with the heading)
// has been exchanged. Not while somebody is at it, or nobody looks at the page; what went wrong stays until it is closed.
const READ_SECONDS = 20;
const NOTICED_SECONDS = 5;
const shown = new WeakMap();
const outdated = new WeakSet();

function fade() {
  if (document.hidden) return;
  for (const toast of document.querySelectorAll("body > .toasts > .toast:is(.success, .info)")) {
    // Whoever was at it has the whole time again afterwards.
    const seconds = toast.matches(":hover, :focus-within") ? 0 : (shown.get(toast) ?? 0) + 1;
    if (seconds > (outdated.has(toast) ? NOTICED_SECONDS : READ_SECONDS)) toast.remove();
    else shown.set(toast, seconds);
  }
}

setInterval(fade, 1000);
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.shouldSwap && detail.target.matches("[data-pace]:has(h1)")) {
    document.querySelectorAll(".toast").forEach((toast) => outdated.add(toast));
  }
});

// A bar says that the connection is lost, by the browser's word, by a part that could not be fetched, or by the event
// "connection:lost" of another script; the next thing that arrives, or "connection:back", takes it away.
const bar = document.querySelector(".connection");

function lost(words = "stale") {
  if (!bar || (!bar.hidden && words === "stale")) return;
  bar.hidden = false;
  bar.querySelector("span").textContent = bar.dataset[words];
}

const back = () => bar && (bar.hidden = true);

addEventListener("offline", () => lost());
addEventListener("online", back);
document.addEventListener("connection:lost", () => lost());
document.addEventListener("connection:back", back);
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => lost());
document.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr?.status ?? 0;
  if (status >= 500) lost();
  else if (status) back();
});

// What asks for itself, hx-trigger="... live", and is cut off on its way (a train leaves a tunnel, a telephone goes from one
// network to the next) asks again: later each time, and not every page at once. Without a stream its own pace is enough.
const AGAIN_SECONDS = [2, 5, 15, 60];
const cuts = new WeakMap(); // how often in a row, and the timer that will ask

document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
  if (!elt.matches("[hx-trigger*=live]")) return;
  const before = cuts.get(elt);
  clearTimeout(before?.timer);
  if (xhr.status && xhr.status < 500) return void cuts.delete(elt);
  const count = before?.count ?? 0;
  const pause = AGAIN_SECONDS[Math.min(count, AGAIN_SECONDS.length - 1)] * (0.5 + 0.5 * Math.random());
  const timer = setTimeout(() => {
    const keepsPace = elt.dataset.pace && document.documentElement.dataset.stream !== "open";
    if (elt.isConnected && !keepsPace) elt.dispatchEvent(new Event("live"));
  }, pause * 1000);
  cuts.set(elt, { count: count + 1, timer });
});

// Without a connection the browser would put its own page in the place of the form. It may be wrong about that: so our own
// server is asked, and what answers is sent the form. Before every other listener, htmx's too.
const held = new WeakMap();

addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const asking = held.get(form);
    if (navigator.onLine || form.method === "get" || asking === false) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asking) return;
    held.set(form, true);
    const send = () => {
      held.set(form, false);
      form.requestSubmit(event.submitter);
    };
    fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(10_000) })
      .then(send)
      .catch(() => lost("unsent"))
      .finally(() => held.delete(form));
  },
  true,
);

// --- Dialogs: <a href="/page" data-dialog="id"> opens the dialog instead of the page that says the same. -----------

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
  } else if (event.target.matches?.("dialog")) {
    event.target.close(); // beside the card, on the backdrop
  }
});

// --- A form that is not left by mistake, <form data-guard>: once it was changed the browser asks before it leaves. ---

let unsent;

document.addEventListener("input", ({ target }) => (unsent = target.closest?.("form[data-guard]") ?? unsent));
document.addEventListener("submit", ({ target }) => target === unsent && (unsent = undefined));
addEventListener("beforeunload", (event) => {
  if (!unsent?.isConnected) return;
  event.preventDefault();
  // Whoever stays may send the other form later.
  setTimeout(() => document.querySelectorAll("form[data-once]").forEach(release), 1000);
});

// --- A slider beside a number: <input type="number" data-range min max>. Both always say the same. ----------------

function slide(input) {
  const range = document.createElement("input");
  const box = document.createElement("div");
  range.type = "range";
  range.min = input.min;
  range.max = input.max;
  range.value = input.value;
  range.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() ?? input.name);
  range.addEventListener("input", () => (input.value = range.value));
  input.addEventListener("input", () => (range.value = input.value));
  box.className = "ranged";
  input.replaceWith(box);
  box.append(range, input);
}

// --- A day: <input type="date" data-opens="time" data-as="day">. With a day the time stands open, not "as soon as possible". --

document.addEventListener("change", ({ target }) => {
  const time = target.dataset.opens && target.form?.elements[target.dataset.opens];
  if (!time) return;
  if (target.value && !time.value) time.value = target.dataset.as;
  else if (!target.value && time.value === target.dataset.as) time.value = "";
});

// --- Focus: what htmx exchanges may hold it. By itself htmx finds again only what has an id; the rest is found by what it
// does and says. If that is no longer there, the new part itself has the focus. -------------------------------------

let left;

const likeness = (element) =>
  [
    element.localName,
    element.getAttribute("href") ?? element.form?.getAttribute("action"),
    element.name,
    element.value,
    element.textContent.trim(),
  ].join();

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const on = document.activeElement;
  left = detail.shouldSwap && detail.target.contains(on) ? { like: likeness(on), part: detail.target.id } : undefined;
});

function refocus(part) {
  if (!left || document.activeElement !== document.body) return;
  const same = own(part, "a, button, input, select, textarea, summary").find((each) => likeness(each) === left.like);
  if (!same && part.id !== left.part) return;
  if (!same) part.tabIndex = -1;
  (same ?? part).focus({ preventScroll: true });
  left = undefined;
}

// --- Fresh parts: at the start, and whatever htmx brings in. --------------------------------------------------------

function enhance(root) {
  own(root, "input[data-complete]:not([role=combobox])").forEach(complete);
  own(root, "input[data-range]").filter((input) => !input.closest(".ranged")).forEach(slide);
  own(root, ".toast:not(:has(.dismiss))").forEach(dismissible);
}

enhance(document);
// A form that came back with errors: begin at their list, or at the first wrong field.
document.querySelector("form :is(.form-errors, [aria-invalid=true])")?.focus();
document.addEventListener("htmx:load", (event) => {
  enhance(event.target);
  refocus(event.target);
  tick();
});
