// One interface for three browsers: Chromium and WebKitGTK by WebDriver, Firefox by WebDriver BiDi.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_ATTEMPTS = 100;
const CHROMIUM_FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const MINI_BROWSERS = ["4.1", "4.0", "6.0"].map((version) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`);

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** A browser behind a WebDriver server. */
async function webdriver(program, capabilities, wrapper = []) {
  const port = await freePort();
  const [command, ...rest] = [...wrapper, program, `--port=${port}`];
  // In a separate process group, so that the browser can be killed with it.
  const child = spawn(command, rest, { stdio: "ignore", detached: true });
  const send = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value?.message ?? answer.status}`);
    return value;
  };
  let session;
  for (let attempt = 0; !session; attempt += 1) {
    try {
      session = await send("POST", "/session", { capabilities: { alwaysMatch: capabilities } });
    } catch (error) {
      if (attempt === START_ATTEMPTS || child.exitCode !== null) throw error;
      await pause(100);
    }
  }
  const at = `/session/${session.sessionId}`;
  return {
    open: (url) => send("POST", `${at}/url`, { url }),
    evaluate: (expression) => send("POST", `${at}/execute/sync`, { script: `return ${expression};`, args: [] }),
    async close() {
      await send("DELETE", at).catch(() => {});
      process.kill(-child.pid);
    },
  };
}

export const chromium = () => webdriver("chromedriver", { "goog:chromeOptions": { binary: "/usr/bin/chromium", args: CHROMIUM_FLAGS } });

export const webkit = () => {
  const binary = MINI_BROWSERS.find(existsSync);
  if (!binary) throw new Error("no MiniBrowser: is webkit2gtk-driver installed?");
  return webdriver("WebKitWebDriver", { "webkitgtk:browserOptions": { binary, args: ["--automation"] } }, ["xvfb-run", "--auto-servernum"]);
};

export async function firefox() {
  const profile = await mkdtemp(join(tmpdir(), "ecash-firefox-"));
  const child = spawn("firefox-esr", ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  child.stderr.on("data", (chunk) => (printed += chunk));
  let address;
  for (let attempt = 0; !address; attempt += 1) {
    address = /WebDriver BiDi listening on (\S+)/.exec(printed)?.[1];
    if (attempt === 300 || child.exitCode !== null) throw new Error(`firefox-esr does not listen: ${printed}`);
    if (!address) await pause(100);
  }
  const socket = new WebSocket(`${address}/session`);
  await once(socket, "open");
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, ...answer } = JSON.parse(data);
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  let last = 0;
  const send = async (method, params) => {
    const id = (last += 1);
    const answered = new Promise((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const answer = await answered;
    if (answer.type === "error") throw new Error(`${method}: ${answer.message}`);
    return answer.result;
  };
  await send("session.new", { capabilities: {} });
  const { context } = await send("browsingContext.create", { type: "tab" });
  return {
    open: (url) => send("browsingContext.navigate", { context, url, wait: "complete" }),
    async evaluate(expression) {
      const { result, exceptionDetails } = await send("script.evaluate", { expression: `JSON.stringify(${expression})`, target: { context }, awaitPromise: true });
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return result.value === undefined ? undefined : JSON.parse(result.value);
    },
    async close() {
      process.kill(-child.pid);
      await once(child, "exit");
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
