// The Content-Security-Policy of the pages: injected code does not run, and the pages themselves cause no
// violations.
import { expect, test, type Page } from "@playwright/test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expectBalance, makeWallet, pay, withdraw } from "./wallet";

async function collectViolations(page: Page) {
  await page.addInitScript(() => {
    const seen: string[] = ((window as never as { seen: string[] }).seen = []);
    document.addEventListener("securitypolicyviolation", (event) => void seen.push(event.effectiveDirective));
  });
}

const violations = (page: Page) => page.evaluate(() => (window as never as { seen: string[] }).seen);

test("s9: a journey causes no violations", async ({ page }) => {
  await collectViolations(page);
  await makeWallet(page);
  await withdraw(page, 100);
  await pay(page, 50);
  await page.getByRole("button", { name: "Done" }).click();
  await expectBalance(page, 50);
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  for (const path of ["/merchant/", "/receipt/", "/docs"]) {
    await page.goto(path);
    await expect(page.getByRole("heading").first()).toBeVisible();
    expect(await violations(page), path).toEqual([]);
  }
});

test("s9: injected scripts, eval and requests to other origins are blocked", async ({ page }) => {
  const asked: string[] = [];
  const elsewhere = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(200, { "access-control-allow-origin": "*", "content-type": "text/javascript" }).end("window.ran = 'a foreign script'");
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const foreign = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  try {
    for (const path of ["/", "/merchant/"]) {
      await collectViolations(page);
      await page.goto(path);
      await expect(page.getByRole("heading").first()).toBeVisible();
      const outcome = await page.evaluate(async (foreign) => {
        const insert = (name: string, attributes: Record<string, string>, text = "") => {
          const element = document.createElement(name);
          Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
          element.textContent = text;
          document.body.append(element);
        };
        insert("script", {}, "window.ran = 'an inline script'");
        insert("script", { src: `${foreign}/script.js` });
        insert("img", { src: `${foreign}/pixel.png` });
        insert("iframe", { src: `${foreign}/frame` });
        insert("a", { href: "javascript:window.ran = 'a link'", id: "link" });
        document.getElementById("link")?.click();
        const fetched = await fetch(`${foreign}/steal`).then(() => "fetched", () => "blocked");
        // Evaluate in a timer, because code that the test evaluates directly is exempt.
        const evaluated = await new Promise((resolve) => setTimeout(() => {
          try { resolve(eval("'evaluated'")); } catch (error) { resolve((error as Error).name); }
        }));
        await new Promise((resolve) => setTimeout(resolve, 500));
        return { fetched, evaluated, ran: (window as never as { ran?: string }).ran };
      }, foreign);
      expect(outcome, path).toEqual({ fetched: "blocked", evaluated: "EvalError", ran: undefined });
      const directives = new Set(await violations(page));
      for (const directive of ["script-src-elem", "img-src", "connect-src"]) expect([...directives], path).toContain(directive);
    }
    expect(asked).toEqual([]);
  } finally {
    elsewhere.close();
  }
});
