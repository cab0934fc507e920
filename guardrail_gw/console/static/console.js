// A small help for people who use it; every page works without.
"use strict";

// "/" goes to the first field of a filter, as in many programs.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector(".filter input:not([type=hidden])");
  if (field) {
    event.preventDefault();
    field.focus();
  }
});

// A selection is applied at once.
for (const select of document.querySelectorAll(".filter select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// Empty fields stay out of the address, so that it can be read.
for (const form of document.querySelectorAll("form.filter")) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  });
}

// A list in which nothing waits looks again; one in which something does keeps what is being typed.
if (document.querySelector("[data-again]")) {
  setTimeout(() => location.replace("/?again"), 5000);
}
