// The search page. window.bookText, from search-text.js, holds the sections of the book: [page, page title, anchor, title, text].
(() => {
  const results = document.getElementById("search-results"), count = document.getElementById("search-count");
  const field = document.querySelector(".bd-search-container input[name=q]");
  const phrase = (new URLSearchParams(location.search).get("q") || "").trim().replace(/\s+/g, " ");
  if (field) field.value = phrase;
  if (!phrase) return field?.focus();

  const fold = text => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const times = (text, part) => text.split(part).length - 1;
  const whole = fold(phrase), words = whole.split(" ");

  // A section counts if it has every word. The phrase itself weighs most, in a title more than in the text.
  function score(title, text) {
    const titled = fold(title), plain = fold(text);
    if (!words.every(word => titled.includes(word) || plain.includes(word))) return 0;
    const rare = Math.min(...words.map(word => times(plain, word) + 3 * times(titled, word)));
    return rare + (words.length > 1 ? 4 * times(plain, whole) + 12 * times(titled, whole) : 0);
  }

  function excerpt(text) {
    const sentences = text.split(/(?<=[.!?])\s+/);
    const plain = sentences.map(fold);
    let best = plain.findIndex(sentence => sentence.includes(whole));
    if (best < 0) {
      const hits = plain.map(sentence => words.filter(word => sentence.includes(word)).length);
      best = hits.indexOf(Math.max(...hits));
    }
    let sentence = sentences[best] || "";
    if (sentence.length > 260) {
      const at = Math.max(0, plain[best].indexOf(plain[best].includes(whole) ? whole : words.find(word => plain[best].includes(word))) - 100);
      sentence = (at ? "\u2026 " : "") + sentence.slice(at, at + 240) + " \u2026";
    }
    return sentence;
  }

  function marked(text) {
    const box = document.createElement("span"), plain = fold(text);
    if (plain.length !== text.length) return (box.textContent = text), box; // letters that fold into two
    const parts = plain.includes(whole) ? [whole] : words;
    for (let at = 0; at < text.length;) {
      const next = parts.map(part => [plain.indexOf(part, at), part]).filter(([place]) => place >= 0).sort((a, b) => a[0] - b[0])[0];
      box.append(text.slice(at, next ? next[0] : undefined));
      if (!next) break;
      box.append(Object.assign(document.createElement("mark"), {textContent: text.slice(next[0], next[0] + next[1].length)}));
      at = next[0] + next[1].length;
    }
    return box;
  }

  const pages = new Map();
  for (const [page, pageTitle, anchor, title, text] of window.bookText) {
    const points = score(title, text) * (/^(chapters|labs)\//.test(page) ? 1 : 0.3); // where a thing is explained comes first
    if (!points) continue;
    const entry = pages.get(page) || {page, title: pageTitle, points: 0, sections: []};
    entry.points += points + (fold(pageTitle).includes(whole) ? 20 : 0);
    entry.sections.push({anchor, title, text, points});
    pages.set(page, entry);
  }
  const found = [...pages.values()].sort((a, b) => b.points - a.points || a.title.localeCompare(b.title));
  count.textContent = found.length ? `${found.length} ${found.length === 1 ? "page has" : "pages have"} \u201c${phrase}\u201d.`
    : `Nothing found for \u201c${phrase}\u201d.`;
  const list = document.createElement("ul");
  list.className = "search";
  for (const {page, title, sections} of found) {
    const item = document.createElement("li");
    const address = anchor => `${page}?find=${encodeURIComponent(phrase)}${anchor ? "#" + anchor : ""}`;
    const link = (href, text) => Object.assign(document.createElement("a"), {href, textContent: text});
    item.append(link(address(""), title));
    for (const section of sections.sort((a, b) => b.points - a.points).slice(0, 3)) {
      const line = document.createElement("p");
      if (section.title && section.title !== title) line.append(link(address(section.anchor), section.title), ": ");
      line.append(marked(excerpt(section.text)));
      item.append(line);
    }
    list.append(item);
  }
  results.replaceChildren(list);
})();
