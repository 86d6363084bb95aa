// The desk in the browser: keeps the panes fresh, the frame steady, and sends what an editor decides.
"use strict";

const body = document.body;
const newsletter = body.dataset.newsletter;
const token = document.querySelector('meta[name="desk-token"]').content;
const $ = (id) => document.getElementById(id);
const base = `/desk/${newsletter}`;
const open = { entry: body.dataset.entry, tab: "story", merging: "", against: "", edition: body.dataset.edition, find: "" };
const look = { view: "html", width: "600", scheme: "", images: "", client: "", line: "", reader: "",
  ...JSON.parse(localStorage.getItem("desk-look") || "{}") };
const page = Math.random().toString(36).slice(2, 14); // what this page calls itself
let sent = false; // a form was sent: its fields may be emptied
let shown = ""; // what the frame shows: the content and the look
let asked = 0; // panes that arrive late are not shown

// --- panes

// Keys that go by what a pane says wait until it says what was asked for last.
let busy = Promise.resolve();
function soon(promise) {
  busy = Promise.allSettled([busy, promise]);
  return promise;
}
let chosen = 0; // how often a story was chosen: a key that waited is not meant for the next one
const then = (command) => () => {
  const at = chosen;
  busy.then(() => at === chosen && command());
};

const query = () => new URLSearchParams({ entry: open.entry, tab: open.tab, against: open.against, edition: open.edition, find: open.find });

async function refresh() {
  const mine = ++asked;
  const answer = await fetch(`${base}/panes?${query()}`).catch(() => null);
  if (answer?.status === 401) location.reload(); // the session is over: sign in again
  if (answer?.ok && mine === asked && !waiting) show(await answer.json());
}

function show(parts) {
  asked++;
  open.entry = parts.entry || open.entry;
  open.edition = parts.edition;
  body.dataset.seen = parts.seen;
  put($("top"), parts.top);
  put($("left"), parts.left);
  put($("right"), parts.right);
  near();
  if (open.merging) row(open.merging)?.classList.add("merging");
  frame();
}

// Replaces a pane's content, unless it is the same; the focus, an unfinished word and the scroll position stay.
function put(pane, html) {
  if (pane.held === html) return;
  const at = pane.scrollTop;
  const active = pane.contains(document.activeElement) ? document.activeElement : null;
  const key = active && selector(active);
  const typed = active && "value" in active && active.value !== active.defaultValue && active.tagName !== "SELECT"
    ? { value: active.value, start: active.selectionStart, end: active.selectionEnd } : null;
  const opened = [...pane.querySelectorAll("details[open]")].map((e) => e.id);
  const unsent = [...pane.querySelectorAll("form[data-act] [id]")].filter((e) => "value" in e && e.type !== "file" && !sent).map((e) => [e.id, e.value]);
  pane.held = html;
  pane.innerHTML = html;
  pane.scrollTop = at;
  opened.forEach((id) => { if ($(id)) $(id).open = true; });
  unsent.forEach(([id, value]) => { if ($(id)) $(id).value = value; });
  const again = key && pane.querySelector(key);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (typed && (again.dataset.field || again.id === "find")) {
    again.value = typed.value;
    if (typed.start !== null) again.setSelectionRange(typed.start, typed.end);
  }
}

// What came near is compared apart: the pane does not wait for it. Nor does the mail: a browser has six lines to the
// desk, and what was asked for a moment ago is let go before those are all taken.
const found = new Map();
let asking = new AbortController();
async function near() {
  const place = $("near");
  if (!place) return;
  const key = `${place.dataset.entry} ${body.dataset.seen}`;
  if (!found.has(key)) {
    asking.abort();
    const { signal } = asking = new AbortController();
    const wanted = new URLSearchParams({ entry: place.dataset.entry, edition: open.edition });
    const words = await fetch(`${base}/near?${wanted}`, { signal }).then((answer) => answer.ok ? answer.text() : "").catch(() => "");
    if (signal.aborted) return;
    found.set(key, words);
  }
  if ($("near")?.dataset.entry === key.split(" ")[0]) $("near").innerHTML = found.get(key);
}

function selector(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const owner = element.closest("[data-entry]");
  const own = ["act", "tab", "field", "jump", "value", "shift"].filter((k) => element.dataset[k] !== undefined)
    .map((k) => `[data-${k}="${CSS.escape(element.dataset[k])}"]`).join("");
  if (owner && owner !== element) return `[data-entry="${CSS.escape(owner.dataset.entry)}"] ${element.tagName}${own}`;
  return own ? element.tagName + own : null;
}

const row = (entry) => document.querySelector(`#left [data-entry="${CSS.escape(entry)}"]`);
const rows = () => [...document.querySelectorAll("#left .row, #left .out li[data-entry]")];

function select(entry, jump = true) {
  if (!entry) return;
  chosen++;
  open.entry = entry;
  if (open.tab !== "story") open.tab = "story";
  document.querySelectorAll("#left [aria-current]").forEach((e) => e.removeAttribute("aria-current"));
  const mine = row(entry);
  mine?.querySelector(".slug").setAttribute("aria-current", "true");
  mine?.scrollIntoView({ block: "nearest" });
  if (jump) find(entry);
  return soon(refresh());
}

// --- frame

function address() {
  const wanted = { view: look.view, scheme: look.scheme, images: look.images, client: look.client, line: look.line,
    reader: look.reader, edition: open.edition };
  const set = Object.entries(wanted).filter(([, value]) => value);
  return `${base}/frame?${new URLSearchParams([...set, ["seen", body.dataset.seen]])}`;
}

// A new frame is made behind the old one and takes its place when it can be read: no flash, no jump.
function frame() {
  const sheet = $("sheet");
  sheet.dataset.width = look.width;
  if (address() === shown) return;
  shown = address();
  sheet.querySelectorAll("iframe.coming").forEach((e) => e.remove());
  const coming = document.createElement("iframe");
  coming.className = sheet.querySelector("iframe") ? "coming" : "";
  coming.title = "The mail";
  coming.setAttribute("sandbox", "allow-same-origin"); // no scripts in it: only we reach in, to measure and to scroll
  coming.addEventListener("load", () => settle(coming)); // what is left where no frames are drawn, as in a tab behind
  coming.src = shown;
  sheet.append(coming);
  parsed(coming);
}

// The document of a frame tells nobody when it is parsed, and its load event waits for the last picture.
function parsed(coming) {
  const page = coming.contentDocument;
  if (!page || !coming.isConnected) return;
  if (page.URL === "about:blank" || page.readyState === "loading") return requestAnimationFrame(() => parsed(coming));
  if (!coming.matches(".coming")) return settle(coming);
  const late = new Promise((done) => setTimeout(done, 150));
  Promise.race([Promise.all(inView(page).map((e) => e.decode().catch(() => null))), late]).then(() => settle(coming));
}

// What an editor is looking at has its pictures in the browser already: a moment, and they do not blink.
function inView(page) {
  const top = $("stage").scrollTop;
  const bottom = top + $("stage").clientHeight;
  return [...page.images].filter((e) => {
    const at = e.getBoundingClientRect();
    return at.bottom > top && at.top < bottom;
  });
}

const settled = new WeakSet();
function settle(coming) {
  const page = coming.contentDocument;
  if (!page || !coming.isConnected || settled.has(coming)) return;
  settled.add(coming);
  const fit = () => { coming.style.height = `${Math.max(page.body.scrollHeight, page.body.offsetHeight, 200)}px`; };
  fit();
  const stage = $("stage");
  const at = stage.scrollTop;
  document.querySelectorAll("#sheet iframe").forEach((e) => { if (e !== coming) e.remove(); });
  coming.classList.remove("coming");
  new ResizeObserver(fit).observe(page.body);
  stage.scrollTop = at;
  page.addEventListener("click", (event) => {
    event.preventDefault();
    const link = event.target.closest("a[href]");
    const entry = link && links()[link.href];
    if (entry) select(entry, false);
  });
  page.addEventListener("keydown", keys);
  body.dataset.shown = shown;
}

function links() {
  return Object.fromEntries([...document.querySelectorAll("#left [data-url]")].map((e) => [e.dataset.url, e.dataset.entry]));
}

function find(entry) {
  const url = row(entry)?.dataset.url;
  const mail = document.querySelector("#sheet iframe:not(.coming)");
  const link = url && [...(mail?.contentDocument?.links || [])].find((a) => a.href === url);
  if (!link) return;
  const top = link.getBoundingClientRect().top + $("sheet").offsetTop - $("stage").offsetTop;
  $("stage").scrollTo({ top: Math.max(0, top - 120) });
}

function tools() {
  for (const button of document.querySelectorAll("[data-set]"))
    button.setAttribute("aria-pressed", String(look[button.dataset.set] === button.dataset.value));
  for (const button of document.querySelectorAll("[data-toggle]"))
    button.setAttribute("aria-pressed", String(look[button.dataset.toggle] === button.dataset.on));
  $("reader").value = look.reader;
  localStorage.setItem("desk-look", JSON.stringify(look));
}

// --- deciding

// The running order shows a decision before the server has made the edition anew; what it says then counts.
function foresee(name, { entry, field, value, section, after }) {
  const mine = entry && row(entry);
  if (!mine?.matches(".row")) return;
  if (name === "field" && field === "headline" && value.trim()) mine.querySelector(".title").textContent = value;
  else if (name === "field" && field === "section") move(mine, value);
  else if (name === "hide" || name === "unhide") mine.classList.toggle("gone", name === "hide");
  else if (name === "pin" || name === "unpin") mine.toggleAttribute("data-pinned", name === "pin");
  else if (name === "merge") row(value)?.remove();
  else if (name === "place") {
    const list = [...document.querySelectorAll("#left ol:not([data-lead])")].find((e) => e.dataset.section === section);
    const before = after && row(after);
    if (before) before.after(mine);
    else list?.prepend(mine);
  } else return;
  $("left").held = "";
}

function move(mine, section) {
  const list = [...document.querySelectorAll("#left ol:not([data-lead])")].find((e) => e.dataset.section === section);
  if (list && list !== mine.parentElement) list.append(mine);
}

let queue = Promise.resolve(); // decisions reach the desk in the order they were made
let waiting = 0; // what the desk says while others wait is old already: only the last answer is shown

function act(name, data = {}) {
  foresee(name, data);
  wait(1);
  queue = queue.catch(() => null).then(() => post(name, data));
  return soon(queue);
}

function wait(by) {
  waiting += by;
  body.toggleAttribute("data-waiting", waiting > 0);
}

async function post(name, data) {
  const headers = { "Content-Type": "application/json", "X-Desk-Token": token, "X-Desk-Page": page };
  const answer = await fetch(`${base}/${name}?${query()}`, { method: "POST", headers, body: JSON.stringify(data) })
    .catch(() => null);
  wait(-1);
  if (!answer) return say("The desk does not answer. Is digest preview still running?");
  const found = answer.headers.get("content-type")?.includes("json") ? await answer.json() : { error: await answer.text() };
  if (found.error) { refresh(); return say(found.error); }
  if (found.entry) open.entry = found.entry;
  if (found.parts && !waiting) show(found.parts);
  if (found.said) say(found.said);
  return found;
}

let silence = 0;
function say(words) {
  $("toast").textContent = words;
  $("toast").classList.add("shown");
  clearTimeout(silence);
  silence = setTimeout(() => $("toast").classList.remove("shown"), 4000);
}

// What is approved is what this page shows: the server refuses it when there is something newer.
async function approve(button) {
  button.disabled = true;
  say("Approving: the pictures are looked at once more…");
  await act("approve", { seen: body.dataset.seen });
  if (button.isConnected) button.disabled = false;
}

// A picture from this computer: its address on the public site goes into the field that is named.
async function upload(input) {
  const [file] = input.files;
  if (!file) return;
  say("The picture is made fit for mail…");
  const answer = await fetch(`${base}/upload`, { method: "POST", headers: { "X-Desk-Token": token }, body: file }).catch(() => null);
  const found = answer && await answer.json().catch(() => null);
  if (!found || found.error) return say(found?.error || "The desk did not take the picture.");
  const place = $(input.dataset.upload);
  place.value = found.url;
  place.form.dataset.size = JSON.stringify({ of: found.url, width: found.width, height: found.height, type: found.type });
  say("The picture is here.");
}

// Whether a story is pinned or hidden stands in the running order, which is never behind.
const toggled = (entry, on, off, is) => act(row(entry)?.matches(is) ? off : on, { entry });

function step(by) {
  const all = rows();
  const at = all.findIndex((e) => e.dataset.entry === open.entry);
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  if (next) select(next.dataset.entry);
}

function shift(by, entry = open.entry) {
  const all = [...document.querySelectorAll("#left .row:not(.gone)")];
  const at = all.findIndex((e) => e.dataset.entry === entry);
  const other = all[at + by];
  if (at < 0) return;
  if (!other) return say(by < 0 ? "This story is the first already." : "This story is the last already.");
  return drop(entry, other, by < 0);
}

// Touch screens drag nothing: two small buttons do the same. A row that is moved in the page loses the focus.
function nudge(button) {
  shift(Number(button.dataset.shift), button.closest("[data-entry]").dataset.entry);
  button.focus({ preventScroll: true });
}

// Puts a story before or after another row; the first place of all is the edition's lead.
function drop(entry, target, before) {
  const list = target.parentElement;
  const opens = list.dataset.lead !== undefined;
  if (opens && before) return act("open", { entry });
  if (opens) {
    const first = document.querySelector("#left ol:not([data-lead])");
    return act("place", { entry, section: first?.dataset.section ?? "", after: "" });
  }
  const others = [...list.querySelectorAll(".row:not(.gone)")].filter((e) => e.dataset.entry !== entry);
  const previous = before ? others[others.indexOf(target) - 1] : target;
  return act("place", { entry, section: list.dataset.section, after: previous?.dataset.entry ?? "" });
}

function merge() {
  if (!open.merging) {
    open.merging = open.entry;
    row(open.entry)?.classList.add("merging");
    return say("Merge with which story? Choose it with j and k, then m. Esc gives up.");
  }
  const into = open.merging;
  giveUp();
  if (into !== open.entry) return act("merge", { entry: into, value: open.entry });
}

function giveUp() {
  open.merging = "";
  document.querySelectorAll(".merging").forEach((e) => e.classList.remove("merging"));
}

function split() {
  const last = [...document.querySelectorAll('#right [data-act="split"]')].pop();
  if (last) return act("split", { entry: last.dataset.entry });
  say("This story has one report only.");
}

// Another edition on the desk: the address has it too, so that it is there again when the page is loaded anew.
function turnTo(edition) {
  Object.assign(open, { edition, entry: "", merging: "", against: "", find: "" });
  history.replaceState(null, "", edition ? `${base}?${new URLSearchParams({ edition })}` : base);
  body.toggleAttribute("data-turning", true);
  return soon(refresh().finally(() => body.toggleAttribute("data-turning", false)));
}

const tab = (name) => { open.tab = name; return soon(refresh()); };
const COMMANDS = {
  j: () => step(1), k: () => step(-1), J: () => shift(1), K: () => shift(-1), m: merge, s: then(split),
  p: () => toggled(open.entry, "pin", "unpin", "[data-pinned]"), h: () => toggled(open.entry, "hide", "unhide", ".gone"),
  u: () => act("undo"), U: () => act("redo"), e: then(() => $("f-headline")?.focus()), "?": () => $("help").showModal(),
  1: () => tab("story"), 2: () => tab("edition"), 3: () => tab("preflight"), 4: () => tab("compare"), 5: () => tab("history"),
  A: () => document.querySelector('#top [data-act="approve"]')?.focus(),
};

function keys(event) {
  const target = event.target;
  if (event.key === "Escape") {
    giveUp();
    if (target.matches?.("input, textarea, select")) target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches?.("input, textarea, select") || $("help").open) return;
  if (turn(event)) return event.preventDefault();
  const command = COMMANDS[event.key];
  if (!command) return;
  event.preventDefault();
  command();
}

// The tabs are one stop; the arrows go from one to the next.
function turn(event) {
  if (!event.target.matches?.("[role=tab]")) return false;
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return false;
  const all = [...document.querySelectorAll("#right [role=tab]")];
  const next = all[(all.indexOf(event.target) + by + all.length) % all.length];
  tab(next.dataset.tab).then(() => $(next.id)?.focus());
  return true;
}

document.addEventListener("keydown", keys);
document.addEventListener("click", (event) => {
  const on = event.target.closest("button, a");
  if (!on) return;
  const { act: name, tab: which, set, toggle, value, entry, jump, against } = on.dataset;
  if (set) { look[set] = value; tools(); frame(); }
  else if (toggle) { look[toggle] = look[toggle] === on.dataset.on ? "" : on.dataset.on; tools(); frame(); }
  else if (which) tab(which);
  else if (against) { open.against = against; refresh(); }
  else if (jump) select(jump);
  else if (on.dataset.shift) nudge(on);
  else if (name === "approve") approve(on);
  else if (name === "test") act("test", { address: $("test-to")?.value || "" });
  else if (name) act(name, { entry: entry || "", value: value ?? "" });
  else if (on.id === "keys") $("help").showModal();
  else if (on.matches(".slug")) select(on.closest("[data-entry]").dataset.entry);
});
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.dataset.upload) upload(field);
  else if (field.dataset.against) { open.against = field.value; refresh(); }
  else if (field.id === "edition") turnTo(field.value);
  else if (field.id === "newsletter") location.href = `/desk/${field.value}`;
  else if (field.id === "reader") { look.reader = field.value.trim(); tools(); frame(); }
  else if (field.dataset.field) {
    const entry = field.dataset.entry ?? field.form.dataset.entry;
    field.defaultValue = field.value;
    act("field", { entry, field: field.dataset.field, value: field.value });
  }
});
document.addEventListener("input", (event) => {
  if (event.target.id !== "find") return;
  open.find = event.target.value;
  soon(refresh());
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  event.preventDefault();
  if (form.id === "out") leave();
  else if (form.dataset.act) submit(form, event.submitter);
});

async function leave() {
  await fetch("/sign-out", { method: "POST", headers: { "X-Desk-Token": token } }).catch(() => null);
  location.href = "/sign-in";
}

async function submit(form, button) {
  sent = true;
  const given = Object.fromEntries(new FormData(form, button));
  const size = JSON.parse(form.dataset.size || "{}");
  const found = await act(form.dataset.act, { ...given, size: [given.picture, given.value].includes(size.of) ? size : {} });
  sent = false;
  if (found?.against) open.against = found.against;
  if (found?.entry) { open.tab = "story"; select(found.entry); }
}

// Dragging. The line shows where the story would stand.
let dragged = "";
const marks = () => document.querySelectorAll(".before, .after").forEach((e) => e.classList.remove("before", "after"));
const upper = (event, over) => event.clientY < over.getBoundingClientRect().top + over.offsetHeight / 2;
$("left").addEventListener("dragstart", (event) => {
  const on = event.target.closest(".row");
  dragged = on?.dataset.entry || "";
  on?.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged);
});
$("left").addEventListener("dragover", (event) => {
  const over = event.target.closest(".row:not(.gone)");
  if (!dragged || !over || over.dataset.entry === dragged) return;
  event.preventDefault();
  marks();
  over.classList.add(upper(event, over) ? "before" : "after");
});
$("left").addEventListener("drop", (event) => {
  const over = event.target.closest(".row:not(.gone)");
  marks();
  if (!dragged || !over) return;
  event.preventDefault();
  drop(dragged, over, upper(event, over));
});
$("left").addEventListener("dragend", () => {
  marks();
  document.querySelectorAll(".dragged").forEach((e) => e.classList.remove("dragged"));
  dragged = "";
});

// --- changes made elsewhere: a template, the config, the feeds, another desk

// A tab that nobody sees does not listen: a browser has six connections to the desk for all of its tabs, and the
// seventh tab would never open. It catches up when it is seen again.
let source = null;
function listen() {
  if (document.hidden) { source?.close(); source = null; return; }
  if (source) return;
  let connected = false;
  source = new EventSource("/events");
  source.addEventListener("change", (event) => { if (event.data !== `act ${page}`) refresh(); });
  source.addEventListener("error", () => say("The desk is closed. Start it again: digest preview"));
  source.addEventListener("open", () => { if (connected) refresh(); connected = true; body.dataset.live = "true"; });
}
document.addEventListener("visibilitychange", () => { listen(); if (!document.hidden) refresh(); });
setInterval(() => { if (!document.hidden) refresh(); }, 30000); // "in 42 minutes"

listen();
near();
tools();
frame();
