// The map of a partner's day: the outline of the country, towns, the way as a line, numbered stops, home.
// Everything comes from this site, unless a tile server is named. The list beside it says the same without a script.
// Leaflet is larger than all other scripts of the page: it is fetched once the map comes near what one sees.

const box = document.getElementById("day-map");
const day = JSON.parse(document.getElementById("day-route").textContent);

const label = (className, text) => {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
};

const marker = (at, className, text, size) =>
  L.marker(at, {
    icon: L.divIcon({ className: "map-mark", html: label(className, text), iconSize: size }),
    interactive: false,
    keyboard: false,
  });

function draw() {
  const map = L.map(box, { attributionControl: false, zoomControl: false, scrollWheelZoom: false, minZoom: 6, maxZoom: 16 });
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
  const home = day.home ? [day.home] : [];
  const stops = day.stops.map((stop) => stop.at);
  const line = [...home, ...stops, ...home];
  map.fitBounds(L.latLngBounds(line.length ? line : [day.around]), { padding: [40, 40], maxZoom: 14 });
  base(map);
  L.polyline(line, { className: "map-way", interactive: false }).addTo(map);
  day.towns.forEach((town) => marker(town.at, "map-town", town.name, [0, 0]).addTo(map));
  home.forEach((at) => marker(at, "map-home", "⌂", [30, 30]).setZIndexOffset(500).addTo(map));
  apart(day.stops).forEach(({ at, text, done }) =>
    marker(at, done ? "map-stop done" : "map-stop", text, [30, 30]).setZIndexOffset(1000).addTo(map),
  );
  map.on("zoomend", makeRoom);
  makeRoom();
  box.dataset.drawn = "yes";
}

// A name that would lie over a mark or over an earlier name is not shown.
function makeRoom() {
  const taken = [...box.querySelectorAll(".map-stop, .map-home")].map((mark) => mark.getBoundingClientRect());
  for (const town of box.querySelectorAll(".map-town")) {
    const place = town.getBoundingClientRect();
    const overlaps = taken.some(
      (other) =>
        place.left < other.right && other.left < place.right && place.top < other.bottom && other.top < place.bottom,
    );
    town.classList.toggle("crowded", overlaps);
    if (!overlaps) taken.push(place);
  }
}

// Visits at one place share a mark: "1·3", or "1–3" if they follow each other.
function apart(all) {
  const places = new Map();
  for (const stop of all) {
    const key = stop.at.join();
    const place = places.get(key) ?? { at: stop.at, numbers: [], done: true };
    place.numbers.push(stop.number);
    place.done &&= stop.done;
    places.set(key, place);
  }
  return [...places.values()].map(({ at, numbers, done }) => ({ at, text: inShort(numbers), done }));
}

function inShort(numbers) {
  const [first, last] = [numbers[0], numbers.at(-1)];
  return numbers.length > 2 && last - first === numbers.length - 1 ? `${first}–${last}` : numbers.join("·");
}

function base(map) {
  if (box.dataset.tiles) {
    L.tileLayer(box.dataset.tiles, { maxZoom: 19 }).addTo(map);
    L.control.attribution({ prefix: false }).addAttribution(box.dataset.tilesBy).addTo(map);
    return;
  }
  fetch(box.dataset.outline)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then((outline) => {
      L.geoJSON(outline, { interactive: false, style: { className: "map-land" } }).addTo(map).bringToBack();
      box.dataset.land = "yes";
    })
    .catch(() => {}); // Without the outline the way is still there.
}

function fetchLeaflet() {
  const script = document.createElement("script");
  script.src = box.dataset.leaflet;
  script.addEventListener("load", draw);
  script.addEventListener("error", () => (box.hidden = true));
  document.head.append(script);
}

box.hidden = false;
const nearing = new IntersectionObserver(
  (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    nearing.disconnect();
    fetchLeaflet();
  },
  { rootMargin: "200px" },
);
nearing.observe(box);
