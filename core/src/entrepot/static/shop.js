// Small comforts. Every page works without this file.
(() => {
  "use strict";

  // Selects and quantities send their form by themselves; the button stays for the keyboard and for everybody else.
  document.querySelectorAll("[data-submit-on-change]").forEach((part) => {
    part.addEventListener("change", (event) => {
      const form = event.target.form;
      if (!form || !event.target.checkValidity()) return;
      const name = part.dataset.submitOnChange;
      form.requestSubmit(name ? part.querySelector(`button[name="${name}"]`) : undefined);
    });
    part.querySelectorAll("button").forEach((button) => button.classList.add("is-helped"));
  });

  // A second click does not send the form again.
  document.querySelectorAll("form[data-once]").forEach((form) => {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
      form.setAttribute("aria-busy", "true");
    });
    addEventListener("pageshow", () => { sent = false; form.removeAttribute("aria-busy"); });
  });

  document.querySelectorAll("form[data-submit-now]").forEach((form) => setTimeout(() => form.requestSubmit(), 600));

  document.querySelectorAll("[data-copy]").forEach((value) => {
    if (!navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet button--copy";
    button.textContent = value.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(value.textContent.trim());
      button.classList.add("is-done");
    });
    value.after(button);
  });

  document.getElementById("problems")?.focus();
})();
