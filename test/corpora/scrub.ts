/**
 * How well free text is scrubbed, on corpora that nobody here wrote: labelled texts (presidio) and
 * Windows events (evtx, as JSON). Ends with code 1 below what must be reached.
 *
 * `npm run scrub:corpora -- [FOLDER] [--show N]`; without FOLDER that of `CUSTOS_CORPORA`
 *
 * @module
 */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";
import type { Detected } from "../../sdk/scrub/detect/text.ts";
import { findAll } from "../../sdk/scrub/detect/scan.ts";
import { judgeEvents } from "./windows_events.ts";

const { values, positionals } = parseArgs({
  options: { show: { type: "string", default: "0" } },
  allowPositionals: true,
});
const folder = positionals[0] ?? process.env["CUSTOS_CORPORA"] ?? "";
const texts = join(folder, "presidio", "synth_dev.json");
const events = join(folder, "evtx", "EXPECTED_EVENTS.jsonl.gz");
if (folder === "" || !existsSync(texts) || !existsSync(events)) {
  console.error(
    `not run: "${folder}" has no presidio/synth_dev.json and evtx/EXPECTED_EVENTS.jsonl.gz; name the folder of corpora as an argument or in CUSTOS_CORPORA`,
  );
  process.exit(2);
}

interface Labelled {
  readonly full_text: string;
  readonly spans: readonly {
    readonly entity_type: string;
    readonly start_position: number;
    readonly end_position: number;
  }[];
}

/** By label: our names for it, and the recall that must be reached. */
const LABELS: Readonly<
  Record<string, { readonly as: readonly Detected[]; readonly recall: number }>
> = {
  EMAIL_ADDRESS: { as: ["email"], recall: 0.99 },
  CREDIT_CARD: { as: ["card"], recall: 0.99 },
  IBAN_CODE: { as: ["iban"], recall: 0.99 },
  IP_ADDRESS: { as: ["ip"], recall: 0.99 },
  PHONE_NUMBER: { as: ["phone", "tel"], recall: 0.95 },
};
const LEAST_PRECISION = 0.95;
const MOST_CHANGED = 0.001;

let isReached = true;
judgeTexts(JSON.parse(readFileSync(texts, "utf8")) as readonly Labelled[]);
await judgeWindows();
process.exitCode = isReached ? 0 : 1;

function judgeTexts(labelled: readonly Labelled[]): void {
  console.log(`presidio: ${labelled.length} texts`);
  console.log("kind             labelled   found  others   recall  precision");
  for (const [label, { as, recall: least }] of Object.entries(LABELS)) {
    let [all, found, others] = [0, 0, 0];
    for (const { full_text: text, spans } of labelled) {
      const finds = findsIn(text).filter(({ what }) => as.includes(what));
      const right = spans.filter((span) => span.entity_type === label);
      all += right.length;
      found += right.filter((span) =>
        finds.some((f) =>
          f.start <= span.start_position && f.end >= span.end_position
        )
      ).length;
      others += finds.filter((f) =>
        !right.some((span) => f.start < span.end_position && f.end > span.start_position)
      ).length;
    }
    const [recall, precision] = [found / all, found / (found + others)];
    isReached &&= recall >= least && precision >= LEAST_PRECISION;
    console.log(
      `${label.padEnd(16)} ${pad(all)} ${pad(found)} ${pad(others)} ${pad(recall.toFixed(3))}   ${
        pad(precision.toFixed(3))
      }`,
    );
  }
}

/** Finds by character and not by byte. */
function findsIn(text: string) {
  const bytes = Buffer.from(text);
  const placeOf = (at: number): number => bytes.subarray(0, at).toString().length;
  return findAll(bytes, 0, bytes.length).map(({ what, start, end }) => ({
    what,
    start: placeOf(start),
    end: placeOf(end),
  }));
}

async function judgeWindows(): Promise<void> {
  const lines = createInterface({ input: createReadStream(events).pipe(createGunzip()) });
  const result = await judgeEvents(lines);
  const share = result.changed.length / result.values;
  isReached &&= result.survivors.length === 0 && share <= MOST_CHANGED;
  console.log(`\nevtx: ${result.events} events, ${result.withIdentity} with a typed identity`);
  console.log(`events with an identity that recurs elsewhere  ${pad(result.recurring)}`);
  console.log(`events in which one survives                   ${pad(result.survivors.length)}`);
  console.log(`values that are not personal                   ${pad(result.values)}`);
  console.log(
    `of these changed                               ${pad(result.changed.length)}  (${
      (share * 100).toFixed(3)
    } %)`,
  );
  for (const line of result.survivors.slice(0, Number(values.show))) {
    console.log(`survives: ${line}`);
  }
  const step = Math.max(1, Math.floor(result.changed.length / Number(values.show)));
  for (let i = 0; i < result.changed.length && Number(values.show) > 0; i += step) {
    console.log(`changed: ${result.changed[i]}`);
  }
}

function pad(value: number | string): string {
  return String(value).padStart(7);
}
