// New offers are heard, read out and counted in the title of the window. A sound is made only for whoever has switched it
// on by the button: browsers want to be asked by a finger. The choice is kept in this browser.

const KEY = "mila-offer-sound";
const area = document.getElementById("offers-live");
const button = area?.querySelector("button[aria-pressed]");
const plain = document.title;
const known = new Set(ids());
let audio;

function ids() {
  return [...document.querySelectorAll("[data-offer]")].map((card) => card.dataset.offer);
}

function remembered() {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false; // storage is switched off in this browser
  }
}

function remember(on) {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // Then it holds for this page.
  }
}

const isOn = () => button?.getAttribute("aria-pressed") === "true";

function show(on) {
  button.setAttribute("aria-pressed", String(on));
  const word = button.querySelector("b");
  word.textContent = on ? word.dataset.on : word.dataset.off;
}

// Two soft notes, half a second.
function ring() {
  audio ??= new AudioContext();
  audio.resume();
  [660, 880].forEach((pitch, number) => {
    const at = audio.currentTime + number * 0.16;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.25, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.32);
  });
}

function look() {
  const shown = ids();
  document.title = shown.length ? `(${shown.length}) ${plain}` : plain;
  const fresh = shown.filter((id) => !known.has(id));
  fresh.forEach((id) => known.add(id));
  const words = fresh.map((id) => document.querySelector(`[data-offer="${id}"]`).dataset.words);
  words.push(...[...document.querySelectorAll("[data-gone]")].map((card) => card.textContent.trim()));
  if (words.length) area.querySelector("[role=status]").textContent = words.join(". ");
  if (fresh.length && isOn()) ring();
}

if (button) {
  button.parentElement.hidden = false;
  show(remembered());
  button.addEventListener("click", () => {
    show(!isOn());
    remember(isOn());
    if (isOn()) ring();
  });
  // Switched on earlier: the first touch of this page lets it sound.
  addEventListener("pointerdown", () => isOn() && (audio ??= new AudioContext()).resume(), { once: true });
}
look();
document.addEventListener("htmx:load", (event) => event.target.id === "offers" && look());
