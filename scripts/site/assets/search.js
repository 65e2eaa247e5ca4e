"use strict";
// Which entries of the index fit some words, best first. Touches no page, so that it runs anywhere.
const directorySearch = (() => {
  function prepare({ apps, pages }) {
    const entries = [];
    for (const [key, name, lines] of apps) {
      const app = ` ${key} ${name.toLowerCase()}`;
    const names = [key, name.toLowerCase()];
      entries.push({ kind: "app", title: name, app: name, key, href: `apps/${key}.html`, name: app, about: "" });
      if (!lines) continue;
      for (const line of lines.split("\n")) {
        const important = line.startsWith("!");
        const [short, about = ""] = line.slice(important ? 1 : 0).split("\t");
        const slug = short.startsWith("/") ? short.slice(1) : `${key.toUpperCase()}_${short}`;
        entries.push({ kind: "action", slug, about, important, app: name, href: `apps/${key}/${slug}.html`, name: ` ${short.toLowerCase().replaceAll("_", " ")}`, appText: app, names, low: about ? ` ${about.toLowerCase()}` : "" });
      }
    }
    for (const [href, title] of pages) entries.push({ kind: "guide", title, app: "Guide", href, name: ` ${title.toLowerCase()}`, about: "" });
    return entries;
  }

  const EMPTY = new Set("a an the to of in on for and or with my me i by from is it at into via please using".split(" "));
  function wordsOf(query) {
    const all = query.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    const kept = all.filter((w) => !EMPTY.has(w));
    return [...new Set((kept.length ? kept : all).map((w) => (w.length > 3 && w.endsWith("s") && !w.endsWith("ss") ? w.slice(0, -1) : w)))].slice(0, 12);
  }

  // A word counts by where it is (name, app, description) and by how few entries have it.
  function search(entries, query, limit) {
    const words = wordsOf(query);
    if (!words.length) return [];
    const hits = words.map((word) => {
      const start = ` ${word}`;
      const found = new Map();
      entries.forEach((entry, n) => {
        let weight = at(entry.name, start, entry.kind === "app" ? 4 : 3);
        if (entry.appText) weight += entry.names.includes(word) ? 4 : at(entry.appText, start, 2, 0.3);
        if (!weight && entry.low) weight = at(entry.low, start, 1);
        if (!weight && entry.slug && query.toUpperCase().includes("_") && entry.slug.includes(word.toUpperCase())) weight = 1;
        if (weight) found.set(n, weight);
      });
      return found;
    });
    const scores = new Map();
    for (const found of hits) {
      const rare = Math.log(1 + entries.length / (1 + found.size));
      for (const [n, weight] of found) {
        const before = scores.get(n) ?? [0, 0];
        scores.set(n, [before[0] + weight * rare, before[1] + 1]);
      }
    }
    const exact = query.trim().toUpperCase();
    const ranked = [...scores].map(([n, [score, count]]) => {
      const entry = entries[n];
      let total = score * (count / words.length) ** 2;
      total *= 1 + 1 / (2 + entry.name.split(" ").length);
      if (entry.important) total *= 1.25;
      // Words that are all in an app's name ask for the app.
      if (entry.kind === "app" && count === words.length) total *= 4;
      if (entry.slug === exact) total += 1e6;
      return [total, n];
    });
    ranked.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    return ranked.slice(0, limit).map(([, n]) => entries[n]);
  }

  function at(text, start, weight, begun = 0.6) {
    const place = text.indexOf(start);
    if (place < 0) return 0;
    const next = text[place + start.length];
    return next === undefined || next === " " || next === "s" ? weight : weight * begun;
  }

  return { prepare, search };
})();
if (typeof module !== "undefined") module.exports = directorySearch;
