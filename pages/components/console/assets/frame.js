/* What a page cannot do from the server: keys that a control swallows, the clipboard, and where the focus goes. */

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
