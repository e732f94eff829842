// Builds the element: dist/ecash-checkout.js and its types for npm, and dist/site/ for a mint to serve; and the page that verifies
// receipts, dist/receipt/.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

/** A page that is paid must not wait for us: the module is at most this large as transferred. */
const MAX_BROTLI_BYTES = 9 * 1024;

const here = new URL(".", import.meta.url);
const at = (path) => new URL(path, here).pathname;
const { version } = JSON.parse(readFileSync(at("package.json"), "utf8"));

rmSync(at("dist"), { recursive: true, force: true });
execFileSync("tsc", ["--project", here.pathname], { stdio: "inherit" });
await build({
  entryPoints: [at("src/element.ts")],
  outfile: at("dist/ecash-checkout.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
});

const module = readFileSync(at("dist/ecash-checkout.js"));
const bytes = brotliCompressSync(module).length;
console.log(`  the checkout element as transferred: ${bytes} bytes (brotli)`);
if (bytes > MAX_BROTLI_BYTES) throw new Error(`the limit is ${MAX_BROTLI_BYTES} bytes`);

const hash = createHash("sha256").update(module).digest("hex").slice(0, 16);
const integrity = `sha384-${createHash("sha384").update(module).digest("base64")}`;
const file = `ecash-checkout-${version}-${hash}.js`;
const major = version.split(".")[0];
mkdirSync(at(`dist/site/${major}`), { recursive: true });
// Shops pin a module by its name and integrity, so every released one is served for ever; a changed one needs another version.
const released = existsSync(at("released")) ? readdirSync(at("released")) : [];
for (const name of released) {
  if (name.startsWith(`ecash-checkout-${version}-`) && name !== file) throw new Error(`${name} was released: raise the version`);
  copyFileSync(at(`released/${name}`), at(`dist/site/${name}`));
}
// Under this name for ever, with the integrity that a page may demand; and under the major version, with corrections.
writeFileSync(at(`dist/site/${file}`), module);
writeFileSync(at(`dist/site/${major}/ecash-checkout.js`), module);
writeFileSync(at("dist/site/integrity.json"), `${JSON.stringify({ version, file, integrity }, null, 2)}\n`);

await build({ entryPoints: [at("receipt/receipt.js")], outfile: at("dist/receipt/receipt.js"), bundle: true, format: "esm", target: "es2022" });
for (const name of ["index.html", "receipt.css"]) copyFileSync(at(`receipt/${name}`), at(`dist/receipt/${name}`));
