// Opens pages in a Chromium and has axe-core look at them. Argument: JSON with the paths of playwright-core, axe-core and the
// browser, and the pages: {url, cookies, width}. Prints a JSON list with each page's violations.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { playwright, axe, browser: executablePath, pages } = JSON.parse(process.argv[2]);
const { default: library } = await import(pathToFileURL(playwright));
const browser = await library.chromium.launch({ executablePath, args: ["--no-sandbox"] });
const source = readFileSync(axe, "utf8");
const found = [];
for (const { url, cookies, width } of pages) {
  const context = await browser.newContext({ bypassCSP: true, viewport: { width, height: 800 } });
  await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: new URL(url).origin })));
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate(source);
  const { violations, passes } = await page.evaluate("axe.run(document)");
  const wide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth");
  found.push({
    title: await page.title(),
    rules: passes.length,
    wide,
    violations: violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ html }) => html) })),
  });
  await context.close();
}
await browser.close();
process.stdout.write(JSON.stringify(found));
