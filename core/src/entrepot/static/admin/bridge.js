// Comforts of the back office. Every page works without them.

const search = document.getElementById("quick-q");

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const wanted = (event.key === "/" && !typing) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
  if (wanted && search) {
    event.preventDefault();
    search.select();
    search.focus();
  }
  if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) moveInList(event);
});

// j and k walk through the rows of a list, Enter opens the one that has the focus.
function moveInList(event) {
  const step = { j: 1, k: -1 }[event.key];
  const links = [...document.querySelectorAll(".list .row-link")];
  if (!step || !links.length) return;
  const next = links[Math.min(links.length - 1, Math.max(0, links.indexOf(document.activeElement) + step))];
  next.focus();
  next.closest("tr").scrollIntoView({ block: "nearest" });
}

// A form is sent once; the server would recognise the repetition anyway.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

// Coming back with the browser's own button, a form can be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) delete form.dataset.sent;
});

// A jump to an action opens it when it is folded.
function unfold() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target?.tagName === "DETAILS") target.open = true;
}
window.addEventListener("hashchange", unfold);
unfold();
