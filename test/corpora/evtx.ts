/**
 * All EVTX files of a folder through the reader, against what another reader makes of them. Ends
 * with code 1 if a record is missing or a field differs.
 *
 * `npm run corpora:evtx -- [FOLDER]`; without FOLDER `evtx` in that of `CUSTOS_CORPORA`. FOLDER has
 * `EXPECTED_RECORDS.json`, `EXPECTED_EVENTS.jsonl.gz` and the files.
 *
 * @module
 */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { CHUNK_BYTES, isUnused, readChunk } from "../../sdk/read/evtx_chunk.ts";
import { FILE_HEAD_BYTES } from "../../sdk/read/evtx_file.ts";
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";
import { unequalFields } from "./evtx_expected.ts";

const folder = process.argv[2] ?? join(process.env["CUSTOS_CORPORA"] ?? "", "evtx");
const records = join(folder, "EXPECTED_RECORDS.json");
const events = join(folder, "EXPECTED_EVENTS.jsonl.gz");
if (!existsSync(records) || !existsSync(events)) {
  console.error(
    `not run: "${folder}" has no EXPECTED_RECORDS.json and EXPECTED_EVENTS.jsonl.gz; name the folder as an argument`,
  );
  process.exit(2);
}

interface Listed {
  readonly sha16: string;
  readonly readable: number;
}

const MOST_SHOWN = 20;

const files = JSON.parse(readFileSync(records, "utf8")) as readonly Listed[];
const found = new Map(files.map(({ sha16 }) => [sha16, readFile(sha16)]));
const expected = files.reduce((sum, { readable }) => sum + readable, 0);
const read = [...found.values()].reduce((sum, file) => sum + file.events.size, 0);
const damaged = [...found.values()].reduce((sum, file) => sum + file.damage.length, 0);
const unequal = await compare();
console.log(`${files.length} files: ${read} records read, ${expected} expected`);
console.log(`${damaged} damaged places, all told with file and offset`);
for (const { sha16, readable } of files) {
  const { events: got, damage } = found.get(sha16)!;
  if (got.size !== readable) console.log(`${sha16}: ${got.size} read, ${readable} expected`);
  for (const place of damage) console.log(`${sha16}: ${place}`);
}
console.log(
  `${unequal.compared} events compared, ${unequal.missing} missing, ${unequal.fields.length} fields unequal`,
);
for (const line of unequal.fields.slice(0, MOST_SHOWN)) console.log(line);
process.exitCode = unequal.missing > 0 || unequal.fields.length > 0 ? 1 : 0;

function readFile(name: string) {
  const bytes = new Uint8Array(readFileSync(join(folder, `${name}.evtx`)));
  const byNumber = new Map<number, WindowsEvent>();
  const damage: string[] = [];
  for (let at = FILE_HEAD_BYTES; at < bytes.length; at += CHUNK_BYTES) {
    const block = bytes.subarray(at, at + CHUNK_BYTES);
    if (isUnused(block)) continue;
    const chunk = readChunk(block);
    for (const { number, event } of chunk.records) byNumber.set(Number(number), event);
    for (const { offset, bytes: { length }, error } of chunk.damage) {
      damage.push(`${length} bytes at ${at + offset}: ${error.message}`);
    }
  }
  return { events: byNumber, damage };
}

async function compare() {
  const fields: string[] = [];
  let compared = 0;
  let missing = 0;
  const lines = createInterface({ input: createReadStream(events).pipe(createGunzip()) });
  for await (const line of lines) {
    const wanted = JSON.parse(line) as { readonly f: string; readonly rid: number };
    const event = found.get(wanted.f)?.events.get(wanted.rid);
    if (event === undefined) {
      missing++;
      fields.push(`${wanted.f} ${wanted.rid}: not read`);
      continue;
    }
    compared++;
    for (const { field, actual, expected: other } of unequalFields(event, wanted)) {
      fields.push(`${wanted.f} ${wanted.rid} ${field}: "${actual}", expected "${other}"`);
    }
  }
  return { fields, compared, missing };
}
