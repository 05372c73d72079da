// Small help on every page.
(() => {
  // A box that scrolls sideways can be reached with Tab.
  const watch = new ResizeObserver(entries => {
    for (const {target: box} of entries)
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
  });
  for (const box of document.querySelectorAll(".formula, pre, .table-scroll, .output.text_html")) watch.observe(box);

  // On paper all folds are open, except the options of a quiz: its answers are printed after it.
  const folds = () => document.querySelectorAll("article details:not(.quiz details)");
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...folds()].filter(fold => !fold.open);
    for (const fold of opened) fold.open = true;
    for (const picture of document.querySelectorAll("article img")) picture.loading = "eager"; // also what lay folded
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });

  // From a disk, browsers start no such programs.
  if (location.protocol === "file:")
    for (const box of document.querySelectorAll(".lab-run")) {
      box.querySelector(".run-button").remove();
      box.querySelector("p").textContent = "This page was opened from a disk. The lab needs a server, because browsers run such programs only from one: with Python 3 on your machine, type \u201cpython serve.py site\u201d in the folder where READ-ME.txt lies, and open the address that it prints.";
      for (const button of document.querySelectorAll(".btn-launch-lite")) button.remove();
    }
})();
