/**
 * rsyslog doing the same job its own way: file → parse → JSON → zlib → TLS.
 *
 * Its cheapest sensible form: one worker, queue in memory (nothing durable), no field hashed.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openProxy } from "./counting_proxy.ts";
import { IIS_HEAD } from "./iis_lines.ts";
import type { Input, Kind } from "./input.ts";
import { openLineSink } from "./line_sink.ts";
import type { Measured } from "./measured.ts";
import { costOf } from "./process_cost.ts";

const POLL_MS = 50;
/** When no byte has left for so long, rsyslog has read all; its compressor holds the last ones. */
const QUIET_MS = 2_000;

/** How soon what is in the queue leaves. */
export type Sending =
  /** When zlib's buffer is full: the least bytes, for as long as there is no end. */
  | "full"
  /** At the end of each transaction, of whatever is in the queue. */
  | "atOnce"
  /** At the end of each transaction, one every 200 ms, as the agent flushes. */
  | "each200ms";

/** What `rsyslogd -v` calls itself; undefined where there is none. */
export function rsyslogVersion(): string | undefined {
  const { status, stdout } = spawnSync("rsyslogd", ["-v"], { encoding: "utf8" });
  return status === 0 ? /rsyslogd\s+(\S+)/.exec(stdout)?.[1] : undefined;
}

/** Runs rsyslog over `input` and measures it. */
export async function measureRsyslog(input: Input, folder: string, tls: Tls): Promise<Measured> {
  mkdirSync(folder, { recursive: true });
  await using sink = await openLineSink(tls, true);
  await using proxy = await openProxy(sink.port);
  const started = performance.now();
  const { child, pid, ended } = startRsyslog({ ...input, folder, tls, port: proxy.port });
  // It sends the head of an IIS log as lines, too.
  const heads = input.kind === "iis" ? IIS_HEAD.split("\n").length - 1 : 0;
  const due = input.lines + heads;
  let last = costOf(pid);
  let seconds = 0;
  let moved = { bytes: 0, at: started };
  while (sink.lines() < due && performance.now() - moved.at < QUIET_MS) {
    if (child.exitCode !== null) throw new Error(`rsyslogd ended with code ${child.exitCode}`);
    await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
    if (proxy.sent() === moved.bytes && moved.bytes > 0) continue;
    moved = { bytes: proxy.sent(), at: performance.now() };
    seconds = (moved.at - started) / 1000;
    last = costOf(pid);
  }
  last = costOf(pid);
  child.kill("SIGTERM");
  await ended;
  while (sink.lines() < due && performance.now() - moved.at < 2 * QUIET_MS) {
    await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
  }
  return {
    peer: `rsyslog ${rsyslogVersion() ?? ""}`,
    kind: input.kind,
    events: sink.lines() - heads,
    isComplete: sink.lines() === due,
    cpuSeconds: last.cpuSeconds,
    wallSeconds: seconds,
    peakBytes: last.peakBytes,
    wireBytes: proxy.sent(),
  };
}

export interface Tls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface RsyslogOptions {
  readonly kind: Kind;
  readonly file: string;
  readonly folder: string;
  readonly tls: Tls;
  /** Of the far end, on 127.0.0.1. */
  readonly port: number;
  readonly sending?: Sending;
}

/** Starts rsyslog over a file. */
export function startRsyslog(options: RsyslogOptions) {
  const { folder, tls } = options;
  mkdirSync(folder, { recursive: true });
  const conf = join(folder, "rsyslog.conf");
  writeFileSync(join(folder, "ca.pem"), tls.ca);
  writeFileSync(conf, config(options));
  const child = spawn("rsyslogd", ["-n", "-C", "-f", conf, "-i", join(folder, "pid")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("Cannot start rsyslogd");
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return { child, pid, ended };
}

function config({ kind, file, folder, port, sending = "full" }: RsyslogOptions): string {
  const flush = sending === "full" ? "off" : "on";
  const wait = sending === "each200ms"
    ? ' queue.minDequeueBatchSize="1024" queue.minDequeueBatchSize.timeout="200"'
    : "";
  return `global(workDirectory="${folder}" defaultNetstreamDriverCAFile="${join(folder, "ca.pem")}")
module(load="imfile" mode="inotify")
template(name="out" type="list" option.jsonf="on") {
${kind === "syslog" ? SYSLOG_FIELDS : iisFields()}
}
ruleset(name="send" queue.type="LinkedList" queue.size="100000" queue.dequeueBatchSize="1024"${wait}) {
  action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" template="out"
    StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="anon"
    compression.mode="stream:always" compression.stream.flushOnTXEnd="${flush}" ZipLevel="6")
}
input(type="imfile" File="${file}" Tag="bench:" Severity="info" Facility="local0"
  needParse="${kind === "syslog" ? "on" : "off"}" ruleset="send")
`;
}

const SYSLOG_FIELDS =
  `  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="programname" format="jsonf")
  property(outname="pid" name="procid" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")`;

function iisFields(): string {
  const names = [
    "date",
    "time",
    "sIP",
    "csMethod",
    "csUriStem",
    "csUriQuery",
    "sPort",
    "csUserName",
    "cIP",
    "csUserAgent",
    "csReferer",
    "scStatus",
    "scSubStatus",
    "scWin32Status",
    "timeTaken",
  ];
  return names.map((name, i) =>
    `  property(outname="${name}" name="msg" field.number="${
      i + 1
    }" field.delimiter="32" format="jsonf")`
  ).join("\n");
}
