// Parts of a page that ask for themselves again: [data-pace="seconds"], which htmx asks for on the event "live".
// While the stream at [data-live] is open they are asked for as soon as it says that something has changed; without one,
// or when it falls silent, at their own pace. Should this script not run at all, htmx asks once a minute.
// Many pages lose their stream in the same instant: when they ask, and when they try again, is left to chance.

const BACK_OFF = [5, 8, 15, 30, 60];
const SPREAD_SECONDS = 5; // over which pages ask that have lost their stream together
const MOST_MISSES = 3; // after each failure the pace doubles, so many times
const SILENT_SECONDS = 45; // the stream says something every 20
const SETTLED_SECONDS = 10; // only a stream that has lived so long makes us hopeful again

const address = document.querySelector("[data-live]")?.dataset.live;
const due = new WeakMap(); // when a part asks by itself
let stream;
let tries = 0;
let misses = 0;
let retryAt = 0;
let openedAt = 0;
let heardAt = 0;

const now = () => performance.now() / 1000;
const parts = () => [...document.querySelectorAll("[data-pace]")];

const isOpen = () => document.documentElement.dataset.stream === "open";
const pause = (part) => part.dataset.pace * 2 ** misses * (0.8 + 0.4 * Math.random());

function ask(part) {
  due.set(part, now() + pause(part));
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
  if (isOpen()) return;
  document.documentElement.dataset.stream = "open";
  // What changed before the stream was open has been told to nobody.
  parts().forEach(ask);
}

function giveUp() {
  if (now() - openedAt > SETTLED_SECONDS) tries = 0;
  retryAt = now() + BACK_OFF[Math.min(tries++, BACK_OFF.length - 1)] * (0.2 + 0.8 * Math.random());
  const wasOpen = isOpen();
  close();
  // The stream also ends when the page may no longer be seen as it is.
  if (wasOpen) parts().forEach((part) => due.set(part, now() + SPREAD_SECONDS * Math.random()));
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
    if (!due.has(part)) due.set(part, now() + pause(part));
    if (!isOpen() && now() >= due.get(part)) ask(part);
  }
}

tick();
setInterval(tick, 1000);
addEventListener("pagehide", close);
// A server that does not answer, or not well, is left in peace for longer.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const status = detail.xhr?.status ?? 0;
  misses = status && status < 500 && status !== 429 ? 0 : Math.min(misses + 1, MOST_MISSES);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) parts().forEach(ask);
  tick();
});
