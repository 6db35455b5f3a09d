// Parts of a page that follow what happens, without a reload. Every page works without this file.
(() => {
  "use strict";
  const page = document.querySelector("[data-live]");
  if (!page || !window.EventSource) return;
  const address = page.dataset.live;
  const wait = 10000;
  const least = 3000;
  let version = page.dataset.version;
  let etag = "";
  let last = 0;
  let planned = 0;

  // What somebody is typing into, or has folded open, stays until they are done.
  const isBusy = (part) =>
    part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea") ||
    part.querySelector("details[open], [aria-busy]");

  async function show(news) {
    if (news === version) return;
    if (Date.now() - last < least) {
      clearTimeout(planned);
      planned = setTimeout(() => show(news), least);
      return;
    }
    last = Date.now();
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live-part]")) {
      const other = fresh.getElementById(part.id);
      if (!other || isBusy(part)) continue;
      const link = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
      part.replaceChildren(...other.childNodes);
      if (link) part.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
    }
    version = news;
  }

  async function poll() {
    try {
      const headers = { Accept: "application/json", ...(etag ? { "If-None-Match": etag } : {}) };
      const answer = document.hidden ? null : await fetch(address, { headers });
      if (answer?.status === 200) {
        etag = answer.headers.get("ETag") || "";
        await show((await answer.json()).version);
      }
    } catch { /* the network is away for a moment */ }
    setTimeout(poll, wait);
  }

  const stream = new EventSource(address);
  stream.addEventListener("version", (event) => show(event.data).catch(() => {}));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) poll();
  });
  addEventListener("pagehide", () => stream.close());
})();
