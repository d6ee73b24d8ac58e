/**
 * `custos status`: one screen about the agent that runs here, and an exit code.
 *
 * @module
 */
import { filteredText } from "../counters.ts";
import { askStatus } from "../control/client.ts";
import type { SourceStatus, Status } from "../control/protocol.ts";
import { confinedText } from "../isolate/confine/words.ts";
import { endText } from "../link_words.ts";
import { readConfig } from "./check.ts";
import { type Command, EXIT } from "./command.ts";

export const status: Command = {
  name: "status",
  summary: "Says how the running agent does, source by source",
  usage: `[-c FILE]

Exits with 0 where all is well, 4 where a source or the link is not, 5 where events are missing:
read = sealed + in flight + shed + quarantined + filtered must hold for every source.`,
  options: {},
  async run(call) {
    const { config } = await readConfig(call);
    const now = await askStatus(config.agent.data_dir);
    await call.out(call.json ? `${JSON.stringify(now)}\n` : statusText(now));
    if (now.sources.some((source) => !source.conserved)) return EXIT.integrity;
    return now.healthy ? EXIT.ok : EXIT.degraded;
  },
};

/** The screen of `custos status`. */
export function statusText(now: Status): string {
  const { link, spool } = now;
  const hub = link.hub === null ? "no hub" : `hub ${link.hub}`;
  const ended = link.lastEnd === null ? "" : `, last ended: ${endText(link.lastEnd)}`;
  const lines = [
    `custos agent ${now.agent} on ${now.host}, up ${Math.round(now.uptimeMs / 1000)} s`,
    `link    ${link.state} (${hub})${ended}`,
    `spool   ${sizeText(spool.bytes)}, ${framesText(spool.unackedFrames)} not acknowledged` +
    (spool.unackedFrames === 0 ? "" : `, oldest ${(spool.oldestUnackedMs / 1000).toFixed(1)} s`),
    keyText(now.key),
    `memory  ${sizeText(now.memoryBytes)}, CPU ${(now.cpuMs / 1000).toFixed(1)} s`,
    "",
    row(["source", "state", "read", "sealed", "acked", "in flight", "shed", "rejected", "gaps"]),
    ...now.sources.flatMap((
      source,
    ) => [
      sourceText(source),
      ...(source.filtered === 0 ? [] : [`  filtered ${filteredText(source)}`]),
      ...processText(source),
    ]),
    ...now.troubles.map((trouble) => `! ${trouble}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** The age is not known of a key that was there before the agent started. */
function keyText({ number, ageMs }: Status["key"]): string {
  const age = ageMs === null ? "" : `, ${Math.round(ageMs / 1000)} s old`;
  return `key     ${number === 0 ? "the enrolled one" : `number ${number}`}${age}`;
}

/** `1 frame`, `2 frames`. */
export function framesText(frames: number): string {
  return frames === 1 ? "1 frame" : `${frames} frames`;
}

/** `12.3 MiB`. */
export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ""}`;
}

function sourceText(s: SourceStatus): string {
  const numbers = [s.read, s.sealed, s.acked, s.inFlight, s.shed, s.rejected, s.gaps];
  const text = row([s.source, s.state, ...numbers.map(String)]);
  return s.conserved ? text : `${text}  events are missing`;
}

/** Of a plugin that is not built in. */
function processText({ process }: SourceStatus): readonly string[] {
  if (process === undefined) return [];
  const { pid, starts, memoryBytes, cpuMs, lastFailure, confined } = process;
  const parts = [
    pid === null ? "no process" : `process ${pid}`,
    `${starts} ${starts === 1 ? "start" : "starts"}`,
    `${sizeText(memoryBytes)}, CPU ${(cpuMs / 1000).toFixed(1)} s`,
    ...(lastFailure === null ? [] : [`last failure: ${lastFailure}`]),
    ...(confined === undefined ? [] : [confinedText(confined)]),
  ];
  return [`  ${parts.join(", ")}`];
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 16 : 9) : cell.padStart(10))).join(
    " ",
  );
}
