// Answers one question of the wallet's page (web-wallet/src/browser/stretch.rs), which then ends this worker and its memory.
import init, { stretch } from "./ecash_passphrase_worker.js";

onmessage = async ({ data }) => {
  await init();
  postMessage(stretch(data.passphrase, data.salt, data.memory_kib, data.passes, data.lanes));
};
