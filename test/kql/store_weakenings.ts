/**
 * Each guard of the store, taken out, and the tests that must notice.
 *
 * @module
 */
import { takenOut, type Unguarded } from "../run_weakenings.ts";

const STORE = ["hub/store/store.test.ts"];
const COMPACT = ["hub/store/compact.test.ts"];
const HISTORIES = ["hub/store/manifest.test.ts"];

export const STORE_WEAKENINGS: readonly Unguarded[] = [
  ...takenOut("hub/store/manifest.ts", HISTORIES, {
    "files go while a query reads them": [
      `oldest: () => Math.min(...pins.keys()),`,
      `oldest: () => Infinity,`,
    ],
    "old and new files change places in two steps": [
      `      const [paths, added] = control.transaction(() => [
        removed.map((id) => removeFile(control, id)),
        files.map((file) => insertFile(control, file)),
      ]);`,
      `      const added = control.transaction(() => files.map((file) => insertFile(control, file)));
      const paths = control.transaction(() => removed.map((id) => removeFile(control, id)));`,
    ],
    "the place in the ledger goes back": [`if (next < snapshot.next) {`, `if (next < 0) {`],
    "a file that is not there is replaced": [
      `if (row === undefined) {\n    throw new ManifestError("missing"`,
      `if (row === undefined && id < 0) {\n    throw new ManifestError("missing"`,
    ],
  }),
  ...takenOut("hub/store/store.ts", STORE, {
    "entries may be left out": [`if (item.index > this.#next) {`, `if (item.index < 0) {`],
    "entries are stored again": [`if (item.index < this.#next) continue;`, ``],
    "rows of a write that failed are forgotten": [
      `      this.#pieces = [...pending.pieces, ...this.#pieces];\n`,
      ``,
    ],
    "memory is not bounded": [
      `if (this.#rows >= this.#options.maxRows) await this.flush();`,
      ``,
    ],
    "hot files are named before they are on the disk": [`      await file.sync();\n`, ``],
  }),
  ...takenOut("hub/store/store.ts", COMPACT, {
    "what no manifest names stays": [
      `if (!listed.has(\`\${name}/\${file}\`)) files.remove(join(folder, name, file));`,
      ``,
    ],
  }),
  ...takenOut("hub/store/piece.ts", STORE, {
    "an agent writes the hub's own tables": [
      `    if (isHubTable(batch.table)) return "refused";\n`,
      ``,
    ],
  }),
  ...takenOut("hub/store/compact.ts", COMPACT, {
    "rows are not counted": [`  checkRows(inputs, written);\n`, ``],
    "a cold file is used before it is on record": [
      `  if (record !== undefined) await Promise.all(notesOf(added).map((note) => record(note)));\n`,
      `  if (record !== undefined) void Promise.all(notesOf(added).map((note) => record(note))).catch(() => 0);\n`,
    ],
    "two compactions write to the same file": [
      "`cold/${inputs.at(-1)!.id}-${manifest.fresh()}`",
      "`cold/${inputs.at(-1)!.id}-0`",
    ],
  }),
  ...takenOut("hub/store/cold/compact_files.ts", COMPACT, {
    "the seal is of other bytes": [
      `.update(bytes).digest("hex")`,
      `.update(bytes.subarray(1)).digest("hex")`,
    ],
    "a file for each of thousands of days": [`const MAX_DAYS = 16;`, `const MAX_DAYS = 16_000;`],
  }),
  ...takenOut("hub/store/files_for.ts", ["hub/store/files_for.test.ts"], {
    "rows without a time are left out": [`  if (file.timeless > 0) return true;\n`, ``],
    "the last millisecond is left out": [`BigInt(file.toMs + 1)`, `BigInt(file.toMs)`],
    "the first moment is left out": [
      `to === undefined || least < to`,
      `to === undefined || least + TICKS_PER_MS < to`,
    ],
    "files of other texts are opened": [
      `(indexes?.mayHold(file, read.texts ?? []) ?? true)`,
      `file.rows >= 0`,
    ],
  }),
  ...takenOut("hub/store/cold/open_indexes.ts", ["hub/store/cold/open_indexes.test.ts"], {
    "a file without an index has nothing": [
      `return index === undefined ||`,
      `return index !== undefined &&`,
    ],
    "hot files are asked for an index": [
      `if (file.tier !== "cold") return true;`,
      `if (file.tier !== "cold") return false;`,
    ],
  }),
  ...takenOut("hub/store/cold/xor_filter.ts", ["hub/store/cold/xor_filter.test.ts"], {
    "a filter that was cut off says no": [
      `if (filter.length < sizeOf(3 * block, bits)) return true;`,
      `if (filter.length < sizeOf(3 * block, bits)) return false;`,
    ],
    "a filter forgets one in a thousand": [
      `return (held & 15) === 0;`,
      `return (held & 15) === 0 && first % 1000 !== 0;`,
    ],
  }),
  ...takenOut("hub/query/rounds.ts", ["hub/query/rounds.test.ts"], {
    "rows without a time come too late": [
      `if (next === undefined || next.timeless > 0) return undefined;`,
      `if (next === undefined) return undefined;`,
    ],
    "the newest rows are believed too early": [
      `isNewest ? next.toMs + 1 : next.fromMs`,
      `isNewest ? next.toMs : next.fromMs`,
    ],
  }),
];
