// Answers one question of the wallet's page (web-wallet/src/browser/stretch.rs), which then ends this worker and its memory. Every failure,
// such as too little memory, is answered with `undefined`: an error in here would not reach the page.
import init, { stretch } from "./ecash_passphrase_worker.js";

onmessage = async ({ data }) => {
  let key;
  try {
    await init();
    key = stretch(data.passphrase, data.salt, data.memory_kib, data.passes, data.lanes);
  } catch {
    key = undefined;
  }
  postMessage(key);
};
