/**
 * What `npm start` shows: one line a fact, the fact's kind in the first column.
 *
 * @module
 */
import type { DemoSource } from "./agent_config.ts";
import type { Alert, Status } from "./messages.ts";

/** How many pieces of evidence are shown of an alert. */
const EVIDENCE_SHOWN = 3;

/** One line: `kind      text`. */
export function fact(kind: string, text: string): string {
  return `${kind.padEnd(10)}${text}\n`;
}

/** What is read, a line a source. */
export function sourceLines(sources: readonly DemoSource[]): string {
  const width = Math.max(...sources.map(({ name }) => name.length));
  return sources.map(({ name, reads }) => fact("reads", `${name.padEnd(width)}  ${reads}`)).join(
    "",
  );
}

/** An alert with pieces of its evidence: the first ones, or the last of one that was open before. */
export function alertLines(alert: Alert, isNew: boolean): string {
  const shown = isNew
    ? alert.evidence.slice(0, EVIDENCE_SHOWN)
    : alert.evidence.slice(-EVIDENCE_SHOWN);
  const rest = alert.evidence.length - shown.length;
  return [
    fact(
      "ALERT",
      `${alert.severity}: ${alert.title}${isNew ? "" : " (open since before this start)"}`,
    ),
    fact("", alert.summary),
    ...shown.map((event) => {
      const fields = Object.entries(event.fields).map(([name, value]) => `${name}=${value}`);
      const place = `ledger ${event.entry}:${event.row}`;
      return fact("", `${event.time ?? "no time"}  ${event.table}  ${place}  ${fields.join("  ")}`);
    }),
    rest > 0 ? fact("", `and ${rest} more events`) : "",
  ].join("");
}

/** Events per second in the `seconds` since `before`, in all and by source. */
export function rateLine(status: Status, before: Status, seconds: number): string {
  const rates = status.sources.map(({ source, read }) => {
    const readBefore = before.sources.find((old) => old.source === source)?.read ?? 0;
    return { source, read, rate: Math.max(0, Math.round((read - readBefore) / seconds)) };
  });
  const sum = rates.reduce((total, { rate }) => total + rate, 0);
  const read = rates.reduce((total, one) => total + one.read, 0);
  const each = rates.map(({ source, rate }) => `${source} ${rate}`).join(", ");
  return fact("events", `${sum} a second (${each}), ${read} read`);
}
