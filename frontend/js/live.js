// Parts of a page that ask for themselves again: [data-pace="seconds"], which htmx asks for on the event "live".
// While the stream at [data-live] is open they are asked for as soon as it says that something has changed; without one,
// or when it falls silent, at their own pace. Should this script not run at all, htmx asks once a minute.

const BACK_OFF = [1, 2, 4, 8, 15, 30, 60];
const SILENT_SECONDS = 45; // the stream says something every 20
const SETTLED_SECONDS = 10; // only a stream that has lived so long makes us hopeful again

const address = document.querySelector("[data-live]")?.dataset.live;
const asked = new WeakMap();
let stream;
let tries = 0;
let retryAt = 0;
let openedAt = 0;
let heardAt = 0;

const now = () => performance.now() / 1000;
const parts = () => [...document.querySelectorAll("[data-pace]")];

function ask(part) {
  asked.set(part, now());
  part.dispatchEvent(new Event("live"));
}

function open() {
  stream = new EventSource(address, { withCredentials: true });
  openedAt = heardAt = now();
  stream.addEventListener("beat", hear);
  stream.addEventListener("changed", () => {
    hear();
    parts().forEach(ask);
  });
  // The browser would try again by itself, but not after a refusal, and always at the same pace.
  stream.addEventListener("error", giveUp);
}

function hear() {
  heardAt = now();
  if (document.documentElement.dataset.stream === "open") return;
  document.documentElement.dataset.stream = "open";
  // What changed before the stream was open has been told to nobody.
  parts().forEach(ask);
}

function giveUp() {
  if (now() - openedAt > SETTLED_SECONDS) tries = 0;
  const pause = BACK_OFF[Math.min(tries++, BACK_OFF.length - 1)];
  retryAt = now() + pause * (0.5 + Math.random() / 2);
  const wasOpen = document.documentElement.dataset.stream === "open";
  close();
  // The stream also ends when the page may no longer be seen as it is.
  if (wasOpen) parts().forEach(ask);
}

function close() {
  stream?.close();
  stream = undefined;
  delete document.documentElement.dataset.stream;
}

// A page that nobody looks at lets its connection go, but for one that calls its reader.
const sleeps = () => document.hidden && !document.querySelector("[data-awake]");

function tick() {
  const live = sleeps() ? [] : parts();
  if (stream && !live.length) close();
  else if (stream && now() - heardAt > SILENT_SECONDS) giveUp();
  if (!stream && live.length && address && now() >= retryAt) open();
  for (const part of live) {
    if (!asked.has(part)) asked.set(part, now());
    const pace = document.documentElement.dataset.stream === "open" ? Infinity : Number(part.dataset.pace);
    if (now() - asked.get(part) >= pace) ask(part);
  }
}

tick();
setInterval(tick, 1000);
addEventListener("pagehide", close);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) parts().forEach(ask);
  tick();
});
