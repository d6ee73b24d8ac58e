/**
 * `custos scrub try`: a text, or an event, as it would leave this host, and what was found in it.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { hostname } from "node:os";
import { FreeTextError, openFreeText } from "../../sdk/scrub/free_text.ts";
import type { Watched } from "../../sdk/scrub/finds.ts";
import type { Policy } from "../../sdk/scrub/policy.ts";
import type { TokenKey } from "../../sdk/scrub/token.ts";
import { readScrubKey } from "../scrub_key.ts";
import { type Call, EXIT, text, UsageError } from "./command.ts";
import { EventError, type Find, findsOf, type ScrubbedEvent, scrubEvent } from "./scrub_event.ts";
import { configIfThere, type SourceTable, tablesOf } from "./scrub_tables.ts";

interface Trial {
  readonly call: Call;
  readonly key: TokenKey;
  readonly policy: Policy;
  /** Of which events may be; undefined: texts are tried. */
  readonly tables: readonly SourceTable[] | undefined;
  readonly host: string;
}

export async function tryScrub(call: Call): Promise<number> {
  const [, ...given] = call.positionals;
  if (given.length === 0) throw new UsageError("there is no text, must be TEXT or -");
  const loaded = await configIfThere(call);
  const isEvents = text(call, "table") !== undefined || text(call, "source") !== undefined;
  const { key, isAgents } = await readScrubKey(loaded?.config);
  if (!isAgents) {
    call.err("No agent's token key is here: the tokens are of a key that is forgotten at the end");
  }
  const trial: Trial = {
    call,
    key,
    policy: loaded?.policy ?? { columns: {} },
    tables: isEvents ? tablesOf(call, loaded) : undefined,
    host: loaded?.config.agent.host ?? hostname(),
  };
  let number = 0;
  let code: number = EXIT.ok;
  for (const word of given) {
    for await (const line of word === "-" ? linesOfInput() : [word]) {
      number++;
      if (!await tryOne(trial, line, number)) code = EXIT.failed;
    }
  }
  return code;
}

async function* linesOfInput(): AsyncGenerator<string> {
  let rest = "";
  for await (const part of createReadStream("/dev/stdin", { encoding: "utf8" })) {
    const lines = (rest + String(part)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  }
  if (rest !== "") yield rest;
}

/** False if `line` could not be judged; the next one still can. */
async function tryOne(trial: Trial, line: string, number: number): Promise<boolean> {
  const { call, tables } = trial;
  try {
    if (tables === undefined) await call.out(tryText(trial, line));
    else await call.out(eventText(call, scrubEvent(trial, tables, line)));
    return true;
  } catch (error) {
    if (!(error instanceof EventError) && !(error instanceof FreeTextError)) throw error;
    const { code, message } = error;
    if (call.json) {
      await call.out(`${JSON.stringify({ line: number, error: { code, message } })}\n`);
    } else call.err(`Line ${number}: ${message}`);
    return false;
  }
}

function tryText({ call, key }: Trial, line: string): string {
  let watched: Watched | undefined;
  const bytes = Buffer.from(line);
  const result = openFreeText(key, (seen) => (watched = seen)).scrub(bytes);
  const found = watched === undefined ? [] : findsOf(watched);
  const scrubbed = Buffer.from(result).toString();
  if (call.json) {
    return `${JSON.stringify({ text: scrubbed, found: found.map((f) => shown(call, f)) })}\n`;
  }
  return `${marked(scrubbed, found)}\n${found.map((f) => `  ${findText(call, f)}\n`).join("")}`;
}

function eventText(call: Call, event: ScrubbedEvent): string {
  const { source, table, row, found, dropped } = event;
  if (call.json) {
    const finds = found.map((find) => shown(call, find));
    return `${JSON.stringify({ source, table, row, found: finds, dropped })}\n`;
  }
  const lines = Object.entries(row).map(([column, value]) => {
    const plain = typeof value === "string" ? value : JSON.stringify(value);
    return `  ${column} = ${marked(plain, found.filter((find) => find.column === column))}`;
  });
  return [
    `${source}: ${table}`,
    ...lines,
    ...dropped.map(({ column, why }) => `  ${column} dropped: ${why}`),
    ...found.map((find) => `    ${find.column ?? ""} ${findText(call, find)}`),
    "",
  ].join("\n");
}

/** The text with each token between quotation marks. */
function marked(scrubbed: string, found: readonly Find[]): string {
  const parts: string[] = [];
  let rest = scrubbed;
  for (const { token } of found) {
    const at = rest.indexOf(token);
    if (at < 0) continue;
    parts.push(rest.slice(0, at), `«${token}»`);
    rest = rest.slice(at + token.length);
  }
  return parts.join("") + rest;
}

function findText(call: Call, find: Find): string {
  const { kind, start, end, token } = find;
  const place = start === undefined ? "" : ` ${start}..${end}`;
  const plain = call.values["plain"] === true && find.plain !== undefined
    ? ` was ${JSON.stringify(find.plain)}`
    : "";
  return `${kind}${place} ${token}${plain}`;
}

/** What may be printed of a find: the value in clear only when it is asked for. */
function shown(call: Call, { plain, ...find }: Find): Find {
  return call.values["plain"] === true && plain !== undefined ? { ...find, plain } : find;
}
