/**
 * Every sample of a folder through `custos read` of its plugin, against what a plain splitter finds
 * in it. Ends with code 1 if one is not parsed or a field is lost.
 *
 * `npm run corpora:samples -- [FOLDER] [WORD]`; without FOLDER `samples` in that of `CUSTOS_CORPORA`;
 * with WORD only files whose path has it.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { readSample } from "./read_sample.ts";
import { NO_SAMPLES, SAMPLES } from "./sample_kinds.ts";

const folder = process.argv[2] ?? join(process.env["CUSTOS_CORPORA"] ?? "", "samples");
const word = process.argv[3] ?? "";
if (!existsSync(folder)) {
  console.error(`not run: there is no folder "${folder}"; name that of the samples as an argument`);
  process.exit(2);
}
/** Lost fields that are shown of a file. */
const MOST_SHOWN = 8;

const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()
  .filter((path) => /\.\w+$/.test(path) && path.includes(word));
let failed = 0;
const sum = { files: 0, records: 0, rejected: 0, fields: 0, found: 0 };
for (const path of paths) {
  const reason = NO_SAMPLES.find(({ match }) => match.test(path))?.reason;
  if (reason !== undefined) {
    console.log(`${path}: not read: ${reason}`);
    continue;
  }
  const kinds = SAMPLES.filter(({ match }) => match.test(path));
  if (kinds.length === 0) {
    console.log(`${path}: NO PLUGIN is named for it`);
    failed++;
  }
  for (const kind of kinds) {
    const { rows, rejected, compared, records, fields, lost, problem } = readSample(
      join(folder, path),
      kind,
    );
    const isWhole = rejected === 0 && lost.length === 0 && problem === undefined;
    if (!isWhole) failed++;
    sum.files++;
    sum.records += rows;
    sum.rejected += rejected;
    sum.fields += fields;
    sum.found += fields - lost.length;
    console.log(
      `${path}: ${kind.plugin}, ${rows} events, ${rejected} not parsed; ` +
        `${compared} of ${records} records compared, ${
          fields - lost.length
        } of ${fields} fields found` +
        (problem === undefined ? "" : `; ${problem}`),
    );
    for (const { record, name, value } of lost.slice(0, MOST_SHOWN)) {
      console.log(`  lost in record ${record}: ${name} "${value.slice(0, 120)}"`);
    }
  }
}
console.log(
  `${sum.files} readings: ${sum.records} events, ${sum.rejected} not parsed, ` +
    `${sum.found} of ${sum.fields} fields found, ${failed} readings with a loss`,
);
process.exitCode = failed > 0 ? 1 : 0;
