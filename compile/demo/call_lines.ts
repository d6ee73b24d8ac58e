/**
 * Files of call detail records, as Cisco Unified Communications Manager writes them: a line of
 * names, a line of SQL types, then one line a call.
 *
 * @module
 */
import type { Random } from "./random.ts";
import { USERS, workAddress } from "./scene.ts";

/** One call, before it becomes columns. */
interface Call {
  readonly id: number;
  readonly startSeconds: number;
  readonly connectSeconds: number;
  readonly endSeconds: number;
  readonly from: string;
  readonly to: string;
  readonly user: string;
  readonly fromAddress: string;
  readonly toAddress: string;
  readonly cause: number;
  readonly key: string;
}

type Value = string | number;

/** Columns in the order of the manufacturer's files: name, SQL type, value. */
const COLUMNS: readonly (readonly [name: string, type: string, of: (call: Call) => Value])[] = [
  ["cdrRecordType", "INTEGER", () => 1],
  ["globalCallID_callManagerId", "INTEGER", () => 1],
  ["globalCallID_callId", "INTEGER", (call) => call.id],
  ["origLegCallIdentifier", "INTEGER", (call) => call.id * 2],
  ["dateTimeOrigination", "INTEGER", (call) => call.startSeconds],
  ["origNodeId", "INTEGER", () => 1],
  ["origSpan", "INTEGER", () => 0],
  ["origIpAddr", "INTEGER", (call) => addressNumber(call.fromAddress)],
  ["callingPartyNumber", "VARCHAR(50)", (call) => call.from],
  ["callingPartyUnicodeLoginUserID", "VARCHAR(128)", (call) => call.user],
  ["origCause_location", "INTEGER", () => 0],
  ["origCause_value", "INTEGER", (call) => call.cause],
  ["destLegIdentifier", "INTEGER", (call) => call.id * 2 + 1],
  ["destNodeId", "INTEGER", () => 1],
  ["destSpan", "INTEGER", () => 0],
  ["destIpAddr", "INTEGER", (call) => addressNumber(call.toAddress)],
  ["originalCalledPartyNumber", "VARCHAR(50)", (call) => call.to],
  ["finalCalledPartyNumber", "VARCHAR(50)", (call) => call.to],
  ["destCause_location", "INTEGER", () => 0],
  ["destCause_value", "INTEGER", (call) => call.cause],
  ["dateTimeConnect", "INTEGER", (call) => call.connectSeconds],
  ["dateTimeDisconnect", "INTEGER", (call) => call.endSeconds],
  ["lastRedirectDn", "VARCHAR(50)", (call) => call.to],
  ["pkid", "UNIQUEIDENTIFIER", (call) => call.key],
  ["originalCalledPartyNumberPartition", "VARCHAR(50)", () => "Internal"],
  ["callingPartyNumberPartition", "VARCHAR(50)", () => "Internal"],
  ["finalCalledPartyNumberPartition", "VARCHAR(50)", () => "Internal"],
  ["duration", "INTEGER", (call) => durationOf(call)],
  ["origDeviceName", "VARCHAR(129)", (call) => `SEP0050569A${call.from}`],
  ["destDeviceName", "VARCHAR(129)", (call) => `SEP0050569B${call.to.slice(-4)}`],
  ["origIpv4v6Addr", "VARCHAR(64)", (call) => call.fromAddress],
  ["destIpv4v6Addr", "VARCHAR(64)", (call) => call.toAddress],
  ["globalCallId_ClusterID", "VARCHAR(50)", () => "StandAloneCluster"],
];

/** Causes of ITU-T Q.850: a normal end, busy, no answer. */
const CAUSES = [16, 16, 16, 16, 17, 19];

/** One file with `calls` calls that ended before `ms`; `id` numbers the first of them. */
export function callFile(
  { ms, id, calls }: { readonly ms: number; readonly id: number; readonly calls: number },
  random: Random,
): string {
  const head = [COLUMNS.map(([name]) => quoted(name)), COLUMNS.map(([, type]) => type)];
  const rows = Array.from({ length: calls }, (_, n) => {
    const call = callAt(ms, id + n, random);
    return COLUMNS.map(([, type, of]) =>
      type === "INTEGER" ? `${of(call)}` : quoted(`${of(call)}`)
    );
  });
  return [...head, ...rows].map((row) => `${row.join(",")}\n`).join("");
}

/** Name of the `n`th file, written at `ms`: `cdr_CLUSTER_NODE_MINUTE_NUMBER`. */
export function callFileName(ms: number, n: number): string {
  const minute = new Date(ms).toISOString().slice(0, 16).replace(/[-T:]/g, "");
  return `cdr_StandAloneCluster_01_${minute}_${n}`;
}

function callAt(ms: number, id: number, random: Random): Call {
  const cause = random.pick(CAUSES);
  const talked = cause === 16 ? 5 + random.below(55) : 0;
  const endSeconds = Math.floor(ms / 1000) - random.below(3);
  const startSeconds = endSeconds - talked - 4;
  return {
    id,
    startSeconds,
    connectSeconds: talked === 0 ? 0 : startSeconds + 4,
    endSeconds,
    from: `${2000 + random.below(60)}`,
    to: random.below(3) === 0 ? `0043155501${10 + random.below(90)}` : `${2000 + random.below(60)}`,
    user: random.pick(USERS),
    fromAddress: workAddress(random),
    toAddress: workAddress(random),
    cause,
    key: `5f2d3c1a-0000-4000-8000-${id.toString(16).padStart(12, "0")}`,
  };
}

function durationOf({ connectSeconds, endSeconds }: Call): number {
  return connectSeconds === 0 ? 0 : endSeconds - connectSeconds;
}

/** The four bytes, last one first, as a signed number. */
function addressNumber(address: string): number {
  return address.split(".").reduceRight((sum, part) => (sum << 8) | Number(part), 0);
}

function quoted(text: string): string {
  return `"${text}"`;
}
