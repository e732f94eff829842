// End-to-end tests in the system's Chromium, against the mint at ECASH_URL, which `cargo xtask test` starts.
import { defineConfig, devices } from "@playwright/test";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  outputDir: "results",
  snapshotPathTemplate: "../docs/pictures/{arg}{ext}",
  timeout: 60_000,
  expect: { timeout: 20_000 },
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    baseURL: process.env.ECASH_URL,
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags },
    trace: "retain-on-failure",
  },
  projects: [
    {
      name: "phone",
      testDir: "journeys",
      testIgnore: /cents\.spec\.ts/,
      use: { ...devices["Pixel 7"], channel: undefined },
    },
    {
      // Needs a mint whose currency has two decimals.
      name: "cents",
      testDir: "journeys",
      testMatch: /cents\.spec\.ts/,
      use: { ...devices["Pixel 7"], channel: undefined },
    },
    {
      name: "desktop",
      testDir: "journeys",
      use: { viewport: { width: 1280, height: 800 } },
      testMatch: /(journey|looks|merchant|widget|widget_troubles|checkout|refunds)\.spec\.ts/,
    },
    { name: "measure", testDir: "measure", use: { viewport: { width: 1280, height: 800 } } },
  ],
});
