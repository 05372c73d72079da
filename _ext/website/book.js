// Small help on every page.
(() => {
  // A formula that is a little too wide for its line is set smaller; any other box that scrolls can be reached with Tab.
  const widths = new WeakMap();
  const fit = box => {
    if (widths.get(box) === box.clientWidth) return;
    widths.set(box, box.clientWidth);
    const math = box.firstElementChild;
    math.style.fontSize = "";
    const share = box.clientWidth / box.scrollWidth;
    if (share < 1 && share > 0.8) math.style.fontSize = `${0.99 * share * parseFloat(getComputedStyle(math).fontSize)}px`;
  };
  const watch = new ResizeObserver(entries => {
    for (const {target: box} of entries) {
      if (box.matches(".formula")) fit(box);
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll(".formula, pre, .table-scroll, .output.text_html")) watch.observe(box);

  // On paper all folds are open, except the options of a quiz, whose answers are printed after it, and rows still to be loaded.
  const folds = () => document.querySelectorAll("article details:not(.quiz details, :has(> .table-rows))");
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

  // Come from the search: what was looked for is shown, also where it lies folded.
  const wanted = new URLSearchParams(location.search).get("find")?.toLowerCase();
  if (wanted) {
    const start = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const article = document.querySelector("article.bd-article");
    const find = (root, phrase) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let text; (text = walker.nextNode());) {
        const at = text.data.toLowerCase().indexOf(phrase);
        if (at < 0 || text.parentElement.closest("script, style, svg, math, .cell_input")) continue;
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + phrase.length);
        return range;
      }
    };
    const roots = [start?.closest("section"), article].filter(Boolean);
    const phrases = [wanted, ...wanted.split(/\s+/).sort((a, b) => b.length - a.length)];
    const range = phrases.flatMap(phrase => roots.map(root => [root, phrase])).reduce((hit, at) => hit || find(...at), undefined);
    if (range) addEventListener("load", () => setTimeout(() => { // after the browser has gone to the section
      const mark = document.createElement("mark");
      range.surroundContents(mark);
      for (let box = mark.parentElement; box && box !== article; box = box.parentElement) {
        if (box.tagName === "DETAILS") box.open = true;
        if (box.classList.contains("toggle-hidden")) box.querySelector(".toggle-button")?.click();
      }
      mark.scrollIntoView({block: "center", behavior: "instant"});
    }, 100));
  }

  // Reading without code: the switch beside the theme's. What it says is set before the page is drawn (layout.html).
  const root = document.documentElement;
  for (const button of document.querySelectorAll(".btn-code-switch")) {
    const say = () => {
      button.setAttribute("aria-pressed", root.dataset.code === "off");
      button.title = root.dataset.code === "off" ? "Show the code" : "Read without code";
      button.setAttribute("aria-label", "Read without code");
    };
    say();
    button.addEventListener("click", () => {
      root.dataset.code = root.dataset.code === "off" ? "on" : "off";
      try { localStorage.setItem("code", root.dataset.code); } catch { /* it holds for this page */ }
      say();
      dispatchEvent(new Event("resize"));
    });
  }

  // The sign beside a heading, a figure, a claim or an exercise copies its address.
  addEventListener("click", event => {
    const sign = event.target.closest?.("a.headerlink, a.row-address");
    if (sign) navigator.clipboard?.writeText(sign.href).catch(() => {});
  });
})();
