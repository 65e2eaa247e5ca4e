"use strict";
const html = document.documentElement;
const root = html.dataset.root;

// ---- theme
const button = document.querySelector("button.theme");
button.hidden = false;
button.addEventListener("click", () => {
  const dark = html.dataset.theme ? html.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  html.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", html.dataset.theme);
  } catch {
    // Then it holds for this page.
  }
});

// ---- logos cover their initial only once they are there
for (const image of document.querySelectorAll(".logo img")) {
  const show = () => image.naturalWidth > 0 && image.classList.add("on");
  image.addEventListener("load", show);
  image.addEventListener("error", () => image.remove());
  if (image.complete) show();
}

// ---- copy buttons
for (const pre of document.querySelectorAll("figure pre, .guide pre")) {
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "copy";
  copy.textContent = "Copy";
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.querySelector("code").textContent);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(pre.querySelector("code"));
      copy.textContent = "Selected";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  (pre.closest("figure") ?? wrap(pre)).append(copy);
}

function wrap(pre) {
  const box = document.createElement("div");
  box.className = "codebox";
  pre.replaceWith(box);
  box.append(pre);
  return box;
}

// ---- filters of lists
const filter = document.querySelector(".filter");
if (filter) {
  filter.hidden = false;
  const input = filter.querySelector("input");
  const category = filter.querySelector("select");
  const output = filter.querySelector("output");
  const items = [...document.querySelectorAll(input.dataset.filter)];
  const texts = items.map((item) => item.textContent.toLowerCase());
  const groups = [...document.querySelectorAll(".group")];
  const none = document.querySelector(".none");
  const wanted = new URLSearchParams(location.search).get("category");
  if (category && wanted) category.value = wanted;
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = category?.value ?? "";
    let shown = 0;
    items.forEach((item, n) => {
      const fits = words.every((w) => texts[n].includes(w)) && (!kind || item.dataset.c.split("|").includes(kind));
      item.hidden = !fits;
      shown += fits;
    });
    for (const group of groups) group.hidden = !group.querySelector("li:not([hidden])");
    output.textContent = words.length || kind ? `${shown.toLocaleString("en")} of ${items.length.toLocaleString("en")}` : "";
    none.hidden = shown > 0;
  };
  input.addEventListener("input", apply);
  category?.addEventListener("change", apply);
  apply();
}

// ---- search
// The index is a script and not JSON, because pages that are opened as files may not fetch.
let loading;
function loadIndex() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${root}assets/index.js`;
    script.onload = () => resolve(directorySearch.prepare(window.directoryIndex));
    script.onerror = () => { loading = undefined; reject(new Error("no index")); };
    document.head.append(script);
  });
  return loading;
}

function row(entry) {
  const link = document.createElement("a");
  link.href = root + entry.href;
  const kind = document.createElement("i");
  kind.className = "m";
  kind.textContent = entry.kind === "action" ? entry.app : entry.kind;
  const body = document.createElement("span");
  const title = document.createElement("b");
  // What only says the name again says it better, with its marks and capitals.
  const again = entry.about && !/[_.]\w/.test(entry.about) && entry.about.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim() === entry.name.trim();
  title.textContent = entry.title ?? (again ? entry.about : sentence(entry.name));
  body.append(title);
  if (entry.slug) {
    const code = document.createElement("code");
    code.textContent = entry.slug;
    body.append(code);
  }
  if (entry.about && !again) {
    const small = document.createElement("small");
    small.textContent = entry.about;
    body.append(small);
  }
  link.append(kind, body);
  return link;
}

function sentence(text) {
  const trimmed = text.trim();
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
}

for (const form of document.querySelectorAll(".find")) connectSearch(form);

function connectSearch(form) {
  const input = form.querySelector("input");
  const list = document.createElement("ul");
  list.className = "hits";
  list.id = `hits-${Math.random().toString(36).slice(2)}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Results");
  list.hidden = true;
  form.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) input.setAttribute(name, value);
  let chosen = -1;
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); chosen = -1; };
  const choose = (n) => {
    const options = [...list.children].filter((o) => o.role === "option");
    if (!options.length) return;
    chosen = (n + options.length) % options.length;
    options.forEach((o, i) => o.setAttribute("aria-selected", String(i === chosen)));
    options[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[chosen].id);
  };
  const show = async () => {
    const query = input.value;
    if (!query.trim()) return close();
    let entries;
    try {
      entries = await loadIndex();
    } catch {
      return close();
    }
    await new Promise((resolve) => setTimeout(resolve, 60));
    if (query !== input.value) return; // typed on meanwhile
    const found = directorySearch.search(entries, query, 8);
    list.replaceChildren(...found.map((entry, n) => {
      const option = document.createElement("li");
      option.role = "option";
      option.id = `${list.id}-${n}`;
      const link = row(entry);
      link.tabIndex = -1;
      option.append(link);
      return option;
    }));
    if (!found.length) {
      const empty = document.createElement("li");
      empty.className = "empty";
      empty.textContent = "Nothing fits. Say it in other words, in English as the descriptions are.";
      list.append(empty);
    }
    chosen = -1;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };
  input.addEventListener("focus", () => { loadIndex().catch(() => {}); if (input.value) show(); });
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1)); }
    if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); location.href = list.querySelector("[aria-selected=true] a").href; }
  });
  document.addEventListener("pointerdown", (event) => { if (!form.contains(event.target)) close(); });
  form.addEventListener("focusout", (event) => { if (event.relatedTarget && !form.contains(event.relatedTarget)) close(); });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(input|select|textarea)$/i.test(document.activeElement?.tagName)) return;
  event.preventDefault();
  document.querySelector(".find.big input, .find input").focus();
});

// ---- the page of results
const results = document.querySelector(".results");
if (results) {
  const query = new URLSearchParams(location.search).get("q") ?? "";
  const status = document.querySelector(".status");
  document.querySelector(".find input").value = query;
  if (!query.trim()) status.textContent = "Type what your agent should do.";
  else {
    status.textContent = "Searching …";
    loadIndex().then((entries) => {
      const found = directorySearch.search(entries, query, 60);
      status.textContent = found.length ? `The best of what fits “${query}”` : `Nothing fits “${query}”. Say it in other words, in English as the descriptions are.`;
      results.append(...found.map((entry) => { const item = document.createElement("li"); item.append(row(entry)); return item; }));
    }, () => { status.textContent = "The index could not be loaded."; });
  }
}

// ---- side navigation starts closed on small screens
if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".side details")?.removeAttribute("open");
