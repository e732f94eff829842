// Measures the time to blind and finish 50 tokens in this browser. Prints the times and has no limits. Needs
// a mint whose only denomination is 10, which `cargo xtask measure` starts.
import { expect, test } from "@playwright/test";
import { makeWallet } from "../journeys/wallet";

test("withdraw 50 tokens", async ({ page }) => {
  await page.addInitScript(() => {
    const longest = ((window as any).longest = { ms: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest.ms = Math.max(longest.ms, entry.duration);
    }).observe({ entryTypes: ["longtask"] });
    const fetch = window.fetch;
    window.fetch = async (...call) => {
      const url = String(call[0] instanceof Request ? call[0].url : call[0]);
      if (!url.endsWith("/withdraw")) return fetch(...call);
      performance.mark("sent");
      const response = await fetch(...call);
      performance.mark("answered");
      return response;
    };
  });
  for (let round = 1; round <= 5; round++) {
    if (round === 1) await makeWallet(page);
    await page.getByRole("button", { name: "Withdraw", exact: true }).click();
    await expect(page.getByText("Your account holds")).toBeVisible();
    await page.getByLabel("Amount").fill("500");
    await page.evaluate(() => {
      (window as any).longest.ms = 0;
      performance.clearMarks();
      const button = [...document.querySelectorAll("button")].find((b) => b.textContent?.startsWith("Withdraw 5"))!;
      const seen = new MutationObserver(() => {
        if (![...document.querySelectorAll("button")].some((b) => b.textContent === "Done")) return;
        performance.mark("shown");
        seen.disconnect();
      });
      seen.observe(document.body, { childList: true, subtree: true });
      performance.mark("clicked");
      button.click();
    });
    await page.getByRole("button", { name: "Done" }).click();
    const ms = await page.evaluate(() => {
      const at = (name: string) => performance.getEntriesByName(name)[0].startTime;
      return {
        blind_and_write_plan: at("sent") - at("clicked"),
        mint: at("answered") - at("sent"),
        finish_and_store: at("shown") - at("answered"),
        longest_task: (window as any).longest.ms,
      };
    });
    const text = Object.entries(ms).map(([name, value]) => `${name} ${value.toFixed(0)} ms`);
    console.log(`round ${round}: ${text.join(", ")}`);
  }
});
