/**
 * What a forger with the hub's disk and key does to a hub that has stopped.
 *
 * @module
 */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openLedger } from "../../hub/ledger/ledger.ts";
import { ledgerEntries } from "../../hub/ledger/stopped.ts";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { signer } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";

/** Whoever has the hub's disk and key writes its log anew: one entry is another, and it goes on. */
export async function forgeLedger(hubFolder: string): Promise<
  { readonly logId: Uint8Array; readonly publicKey: Uint8Array }
> {
  const folder = join(hubFolder, "ledger");
  const entries = await Array.fromAsync(ledgerEntries(folder));
  const keys = await loadOrCreateKeys(nodeFiles(), join(hubFolder, "ledger.key"));
  let logId: Uint8Array | undefined;
  let time = 0n;
  const options = {
    files: nodeFiles(),
    keys,
    sign: signer(keys.privateKey),
    now: () => time,
    newLogId: () => logId ?? new Uint8Array(8),
  };
  {
    await using real = await openLedger({ ...options, folder });
    logId = real.logId;
  }
  const forged = `${hubFolder}.forged`;
  {
    await using ledger = await openLedger({ ...options, folder: forged });
    const victim = entries.findLastIndex(({ kind }) => kind === "frame");
    for (const { index, kind, keyHash, payload, hubTime } of entries) {
      time = hubTime;
      // A tick has no payload of its own: the frame is as if it had never come.
      if (index === victim) ledger.append("tick", new Uint8Array(32), new Uint8Array(0));
      else ledger.append(kind, keyHash, payload);
    }
    for (let i = 0; i < 10; i++) ledger.append("tick", new Uint8Array(32), new Uint8Array(0));
    await ledger.commit();
  }
  rmSync(folder, { recursive: true });
  renameSync(forged, folder);
  for (const name of ["control.sqlite", "control.sqlite-wal", "control.sqlite-shm"]) {
    rmSync(join(hubFolder, name), { force: true });
  }
  return { logId, publicKey: keys.publicKey };
}
