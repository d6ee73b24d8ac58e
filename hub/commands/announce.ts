/**
 * What `custos-hub serve` says: where it is, who has come, how much arrives, and every alert.
 *
 * @module
 */
import type { AlertEvent } from "../alert/alert.ts";
import type { Hub, SecondCount } from "../hub.ts";
import type { Call } from "./command.ts";

/** Most alerts of earlier starts that are told. */
const MOST_OPEN = 20;

/** Says where the hub is, which alerts are open, and from then on what happens; JSON is one object a line. */
export async function announce(
  call: Pick<Call, "out">,
  hub: Omit<Hub, typeof Symbol.asyncDispose | "failed">,
  isJson: boolean,
): Promise<void> {
  const { page, link, caFile } = hub;
  const login = hub.login();
  const enrollToken = await hub.enrolToken();
  // Taken before anybody listens: what opens later is told as such.
  const open = hub.openAlerts(MOST_OPEN).toReversed();
  if (isJson) {
    const json = (event: object) => call.out(`${JSON.stringify(event)}\n`);
    json({ event: "ready", page, link, login, enrollToken, ca: caFile });
    for (const alert of open) json({ event: "alert", change: "open", alert });
    hub.onAlert(({ kind, alert }) => json({ event: "alert", change: kind, alert }));
    hub.onSecond((count) => json({ event: "rate", ...count }));
    return;
  }
  call.out(`Page      ${page}
Sign in   ${login}
          (works once, for five minutes; custos-hub login makes another)
Agents    ${link}
          certificate ${caFile}
Enrol     ${enrollToken}
          (lets one agent in, within the hour)

`);
  for (const { severity, title, entity } of open) {
    call.out(plain(`Alert open  [${severity}] ${title}: ${entity}\n`));
  }
  hub.onAlert((event) => call.out(alertText(event)));
  const [agents, rate] = [agentsText(), rateText()];
  hub.onSecond((count) => {
    const text = agents(count) + rate(count);
    if (text !== "") call.out(text);
  });
}

/** A new alert with its first evidence; of further findings and changes one line. */
export function alertText({ kind, alert }: AlertEvent): string {
  const { severity, title, summary, entity, evidence, state, findings } = alert;
  const head = `[${severity}] ${title}: ${entity}`;
  switch (kind) {
    case "added":
      return plain(`Alert, finding ${findings}  ${head}\n`);
    case "changed":
      return plain(`Alert ${state}  ${head}\n`);
    case "opened": {
      const [first] = evidence;
      const shown = first === undefined ? "" : `    ${evidenceText(first)}\n`;
      return plain(`Alert  ${head}\n    ${summary}\n${shown}`);
    }
  }
}

function evidenceText(
  { time, table, fields, entry, row }: AlertEvent["alert"]["evidence"][number],
): string {
  const values = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return [time ?? "", table, ...values, `(ledger ${entry}, row ${row})`].join(" ").trim();
}

/** An event must not drive the terminal of who watches. */
function plain(words: string): string {
  return words.replaceAll(/[^\P{C}\n]/gu, "·");
}

/** Says which agents come and go. */
export function agentsText(): (count: SecondCount) => string {
  let before: readonly string[] = [];
  return ({ agents }) => {
    const come = agents.filter((agent) => !before.includes(agent));
    const gone = before.filter((agent) => !agents.includes(agent));
    before = agents;
    return plain([
      ...come.map((agent) => `Agent ${agent} is connected\n`),
      ...gone.map((agent) => `Agent ${agent} has gone\n`),
    ].join(""));
  };
}

const QUIET_SECONDS = 10;

/** Says how much arrives, every ten seconds in which something does. */
export function rateText(): (count: SecondCount) => string {
  let quiet = 0;
  return ({ sources }) => {
    const names = Object.entries(sources).filter(([, rate]) => rate > 0);
    if (names.length === 0 || quiet-- > 0) return "";
    quiet = QUIET_SECONDS - 1;
    const total = names.reduce((sum, [, rate]) => sum + rate, 0);
    const each = names.map(([name, rate]) => `${name} ${rate}`).join(", ");
    return plain(
      `${total < 10 ? Math.round(total * 10) / 10 : Math.round(total)} events/s: ${each}\n`,
    );
  };
}
