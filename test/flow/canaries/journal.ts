/**
 * Canaries in entries of the systemd journal.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Planted } from "./planted.ts";

const word = "zqJournalUser4Vn";
const hidden = { value: `${word}@example.test`, word };

/** A field that names somebody, and free text: as text, and as bytes with a length. */
function entry(): Buffer {
  const value = Buffer.from(`mail of\n${hidden.value}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(value.length));
  return Buffer.concat([
    Buffer.from("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1782813600000000\nPRIORITY=6\n"),
    Buffer.from(
      `USER_NAME=${word}\n_CMDLINE=mail ${hidden.value}\nUNIT=user-${word}.scope\nNOTE\n`,
    ),
    length,
    value,
    Buffer.from(`\nMESSAGE=New session of user ${word}.\n\n`),
  ]);
}

export const plantedJournal: Planted = {
  canaries: {},
  content: { "Syslog.JournalFields": hidden },
  controls: {},
  sources(folder) {
    const file = join(folder, "journal.export");
    writeFileSync(file, entry());
    return { journal: { plugin: "syslog", config: { files: [file] } } };
  },
};
