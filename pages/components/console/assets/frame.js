/* What a page cannot do from the server: keys that a control swallows, the clipboard, where the focus goes, where a link
   opens, the navigation and the demonstration on a phone, where a conversation stands, what is half-written when a page
   is loaded again, what a screen reader is told, what a toast is called, and how high the report is. */

/* A group of choices keeps every key that is pressed within it; Streamlit's shortcuts listen on the document. */
function passOn(event) {
  const shortcut = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (!event.isTrusted || !shortcut || !event.target.closest?.("[role=radiogroup], [role=radio]")) return;
  event.stopImmediatePropagation();
  event.preventDefault();
  for (const type of ["keydown", "keyup"]) {
    const { key, code, keyCode, ctrlKey, metaKey } = event;
    document.body.dispatchEvent(new KeyboardEvent(type, { key, code, keyCode, ctrlKey, metaKey, bubbles: true }));
  }
}
window.addEventListener("keydown", passOn, true);

/* Escape closes an open request; within its note it ends the writing first, which keeps what was written. */
window.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.closest?.("[class*='st-key-note-']")) return;
  event.stopImmediatePropagation();
  event.target.blur();
}, true);

/* --- the clipboard ---------------------------------------------------------------------------------------------- */

async function copiedText(button) {
  if (button.dataset.copy === "address") return location.href;
  if (button.dataset.copy.startsWith("?")) return location.origin + location.pathname + button.dataset.copy;
  const reply = await fetch(button.dataset.copy);
  if (!reply.ok) throw new Error(`${reply.status}`);
  return reply.text();
}

async function writeClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  /* Without TLS, and not on this machine, the clipboard is closed to a page; a selection may be copied all the same. */
  const field = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("refused");
}

async function copyFor(button) {
  const words = button.textContent;
  let ending;
  try {
    await writeClipboard(await copiedText(button));
    ending = "Copied";
  } catch {
    ending = "Not copied: the browser refused";
  }
  button.textContent = ending;
  setTimeout(() => { button.textContent = words; }, 1600);
}

/* --- the focus -------------------------------------------------------------------------------------------------- */

function focusPrompt() {
  const field = document.querySelector(".st-key-prompt textarea, .st-key-vision_prompt textarea");
  field?.focus();
  field?.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (button) copyFor(button);
  /* An empty prompt is not sent: what is missing is written there. */
  const prompt = document.querySelector(".st-key-prompt textarea");
  if (event.target.closest?.(".st-key-run button") && prompt && !prompt.value.trim()) focusPrompt();
  if (event.target.closest?.(".st-key-edit button, .st-key-new button, .st-key-example button")) focusPrompt();
});

/* A page that begins with a prompt begins in it, unless somebody is already elsewhere. */
const start = new MutationObserver(() => {
  const field = document.querySelector(".st-key-prompt textarea");
  if (!field) return;
  start.disconnect();
  if (document.activeElement === document.body && !location.search && matchMedia("(min-width: 768px)").matches) field.focus({ preventScroll: true });
});
start.observe(document.documentElement, { childList: true, subtree: true });

/* --- a link to one of our own pages ------------------------------------------------------------------------------ */

/* Streamlit opens each link of a text in a tab of its own, where what was just done here is not there. The navigation's
   own link keeps the session; an address that asks for more than a page is loaded. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='./']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const isNamed = (named) => named.origin + named.pathname === link.origin + link.pathname;
  const page = [...document.querySelectorAll("[data-testid=stSidebarNav] a")].find(isNamed);
  if (!page) return;
  event.preventDefault();
  if (link.search) location.assign(link.href);
  else page.click();
}, true);

/* --- the navigation on a phone ---------------------------------------------------------------------------------- */

/* There the sidebar lies over the page: left open, it hides what was just asked for. */
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-testid=stSidebarNav] a, .st-key-help button")) return;
  if (matchMedia("(min-width: 768px)").matches) return;
  /* After the click itself: Streamlit has to hear of it first. */
  setTimeout(() => document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click());
});

/* --- the coach's conversation ------------------------------------------------------------------------------------ */

/* A new question comes to the head of the window, and its answer grows in sight; what was there when the page opened
   moves nothing. Questions and answers take turns. */
let turns = 0;
new MutationObserver(() => {
  const said = document.querySelectorAll(".st-key-coach-turns [data-testid=stChatMessage]");
  if (turns && said.length > turns) said[(said.length - 1) & ~1].scrollIntoView({ block: "start", behavior: "smooth" });
  turns = said.length;
}).observe(document.documentElement, { childList: true, subtree: true });

/* --- a request that is opened ------------------------------------------------------------------------------------- */

/* Beside an open request the rows are others than before: the one that was pressed comes back into sight; on a phone,
   where the request stands above the list, the request does. */
let openedRow = null;
new MutationObserver(() => {
  const row = document.querySelector(".st-key-open-request button");
  if (row && row !== openedRow) {
    if (matchMedia("(min-width: 641px)").matches) row.scrollIntoView({ block: "nearest" });
    else document.querySelector(".st-key-history-split")?.scrollIntoView({ block: "start" });
  }
  openedRow = row;
}).observe(document.documentElement, { childList: true, subtree: true });

/* --- the demonstration on a phone -------------------------------------------------------------------------------- */

/* Its buttons fill the screen there: what they set going is brought into sight. */
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[class*='st-key-trouble-'] button, .st-key-play-all button")) return;
  if (matchMedia("(min-width: 641px)").matches) return;
  setTimeout(() => document.querySelector(".st-key-scene")?.scrollIntoView({ behavior: "smooth" }), 500);
});

/* --- drafts ----------------------------------------------------------------------------------------------------- */

/* Fields in which a person writes at length. Never a key's: what stands here is kept in the tab's storage. */
const WRITTEN = ["prompt", "vision_prompt", "meal", "line", "program-goal", "question", "say"];
const DRAFTS = "drafts";

function writtenField(name) {
  return document.querySelector(`.st-key-${name} textarea, .st-key-${name} input[type=text]`);
}

/* The server hears of a field's words when it is left, and forgets them with the session that a reload ends. */
window.addEventListener("pagehide", () => {
  const texts = WRITTEN.map((name) => [name, writtenField(name)?.value]).filter(([, text]) => text !== undefined);
  sessionStorage.setItem(DRAFTS, JSON.stringify({ address: location.href, texts }));
});

function fillField(field, text) {
  /* React looks for a change behind its own setter, and Streamlit sends what is written when the field is left. */
  const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => field.dispatchEvent(new FocusEvent("focusout", { bubbles: true })));
}

function bringDraftsBack() {
  const kept = JSON.parse(sessionStorage.getItem(DRAFTS) ?? "null");
  sessionStorage.removeItem(DRAFTS);
  /* Another address asks for something else, and so does a link to this one. */
  if (performance.getEntriesByType("navigation")[0]?.type !== "reload" || kept?.address !== location.href) return;
  const missing = new Map(kept.texts);
  const fields = new MutationObserver(() => {
    for (const [name, text] of missing) {
      const field = writtenField(name);
      if (!field || field.disabled) continue;
      missing.delete(name);
      if (field.value !== text) fillField(field, text);
    }
    if (!missing.size) fields.disconnect();
  });
  fields.observe(document.documentElement, { childList: true, subtree: true });
  /* Beyond that a field is one that the person has opened anew. */
  setTimeout(() => fields.disconnect(), 15000);
}
bringDraftsBack();

/* --- what a screen reader is told ------------------------------------------------------------------------------- */

/* Only words that change within a region that was there before are spoken; what Streamlit draws is new each time. */
const spoken = Object.assign(document.createElement("div"), { id: "spoken" });
spoken.setAttribute("role", "status");
spoken.setAttribute("aria-live", "polite");
document.body.append(spoken);
const announced = new Set();
new MutationObserver(() => {
  for (const { dataset } of document.querySelectorAll("[data-announce]")) {
    if (announced.has(dataset.announces)) continue;
    announced.add(dataset.announces);
    spoken.textContent = "";  // the same words once more are no change
    setTimeout(() => { spoken.textContent = dataset.announce; }, 100);
  }
}).observe(document.documentElement, { childList: true, subtree: true });

/* --- what a toast is called -------------------------------------------------------------------------------------- */

/* Streamlit gives its toasts the role of a dialog, and names them after a title that they do not have. */
new MutationObserver(() => {
  for (const toast of document.querySelectorAll("[data-testid=stToast][aria-labelledby]")) {
    toast.removeAttribute("aria-labelledby");
    toast.setAttribute("aria-label", toast.textContent.trim() || "Note");
  }
}).observe(document.documentElement, { childList: true, subtree: true });

/* --- the report -------------------------------------------------------------------------------------------------- */

/* Its policy lets it run nothing, so it cannot tell how high it is; the page around it can look. A frame of its own
   height has no second bar to scroll, and on a phone no box that catches the finger. */
const sized = new WeakSet();

/* It may fetch no font either. On this page it is set in the console's own, which is here already; the file that is
   sent is set in its reader's. */
async function lendFont(frame) {
  const rules = [...document.styleSheets].flatMap((sheet) => { try { return [...sheet.cssRules]; } catch { return []; } });
  const face = rules.find((rule) => rule instanceof CSSFontFaceRule && /Source Sans/.test(rule.style.fontFamily)
    && rule.style.fontStyle !== "italic");
  const address = face?.style.src.match(/url\("?([^")]+)/)?.[1];
  if (!address) return;
  const data = await (await fetch(new URL(address, face.parentStyleSheet.href ?? document.baseURI))).arrayBuffer();
  const font = new frame.contentWindow.FontFace("Source Sans 3", data, { weight: "200 900" });
  frame.contentDocument.fonts.add(await font.load());
}

function sizeReport(frame) {
  const measure = () => {
    const page = frame.contentDocument?.querySelector("main");
    if (page) frame.style.height = `${Math.ceil(page.getBoundingClientRect().height)}px`;
  };
  frame.addEventListener("load", () => lendFont(frame).finally(measure));
  new ResizeObserver(measure).observe(frame.parentElement);
  measure();
}
new MutationObserver(() => {
  for (const frame of document.querySelectorAll(".st-key-report-page iframe")) {
    if (sized.has(frame)) continue;
    sized.add(frame);
    sizeReport(frame);
  }
}).observe(document.documentElement, { childList: true, subtree: true });
