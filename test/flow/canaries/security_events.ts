/**
 * Canaries in the Security log of Windows: a field for each column that is guarded or free text.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import securityAudit from "../../../plugins/security_audit/mod.ts";
import type { Hidden, Planted } from "./planted.ts";

const { columns } = securityAudit.tables.SecurityEvent;
const GUARDED: ReadonlySet<string> = new Set(["personal", "customer", "network", "secret"]);

const word = (name: string): string => `zqSe${name}`;
const guarded = Object.entries(columns).filter(([, spec]) => GUARDED.has(spec.class))
  .map(([name]) => name);
const texts = Object.entries(columns).filter(([, spec]) => spec.class === "content")
  .map(([name]) => name);
/** Made of another field. */
const MADE_OF: Readonly<Record<string, string>> = { Account: "SubjectUserName" };
/** The last part of it is a column of its own. */
const PROGRAM = "NewProcessName";

const canaries = Object.fromEntries(
  guarded.map((name) => [`SecurityEvent.${name}`, word(MADE_OF[name] ?? name)]),
);
const content = Object.fromEntries(
  texts.map((name): [string, Hidden] => [
    `SecurityEvent.${name}`,
    { value: `${word(name)}@example.test`, word: word(name) },
  ]),
);
const controls = { "SecurityEvent.LogonProcessName": "zqControlLogon" };

function fields(): Record<string, string> {
  const process = `${word("Process")}@example.test`;
  return {
    ...Object.fromEntries(guarded.map((name) => [name, word(name)])),
    ...Object.fromEntries(texts.map((name) => [name, `${word(name)}@example.test`])),
    LogonProcessName: controls["SecurityEvent.LogonProcessName"],
    [PROGRAM]: `C:\\Users\\${word(PROGRAM)}\\${process}`,
    More: `${word("AdditionalFields")}@example.test`,
  };
}

export const securityEvents = {
  canaries,
  content,
  controls,
  sources(folder: string) {
    const file = join(folder, "security.xml");
    const data = Object.entries(fields()).map(([name, value]) =>
      `<Data Name='${name}'>${value}</Data>`
    );
    writeFileSync(
      file,
      `<Event><System><EventID>4624</EventID><TimeCreated SystemTime='2026-06-01T00:00:00Z'/>` +
        `</System><EventData>${data.join("")}</EventData></Event>\n`,
    );
    return { security_events: { plugin: "security_audit", config: { files: [file] } } };
  },
} satisfies Planted;
