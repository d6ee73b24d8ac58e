/**
 * Sigma rules over EVTX files on the real way: an agent in a process of its own reads and scrubs
 * them, the link, a hub in another process with all rules in its folder, its ledger and its findings.
 *
 * A hub lists 100 findings of a rule in an hour. So its ledger is read once more when it has stopped,
 * by the same stage with that limit lifted; what the hub has found must be among it, id by id.
 *
 * @module
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { openControl } from "../../hub/control.ts";
import { openDetect } from "../../hub/detect/detect.ts";
import type { Finding } from "../../hub/detect/detector.ts";
import { loadSigma } from "../../hub/detect/sigma/load.ts";
import { openItems } from "../../hub/fanout/items.ts";
import { sourceNamesOf } from "../../hub/fanout/source_names.ts";
import { openLedger } from "../../hub/ledger/ledger.ts";
import { readFile } from "../../hub/hunt/read_file.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { cellOf } from "../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import type { Json } from "../../sdk/table.ts";
import {
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "../flow/test_agent.ts";
import { caughtUp, startHub } from "../flow/test_hub.ts";

export interface Through {
  /** Pairs as `FILE RECORD RULE`, and how often. */
  readonly found: ReadonlyMap<string, number>;
  /** That the hub has taken, of all sources. */
  readonly events: number;
  readonly frames: number;
  /** Findings of events that the hub itself has listed. */
  readonly listed: number;
  /** Of those, what the ledger does not give once more. */
  readonly unlike: readonly string[];
}

interface Input {
  readonly name: string;
  readonly file: string;
}

const ROOT = dirname(dirname(import.meta.dirname));
/** The plugin that has the Security channel, and the one that has all others. */
const PLUGINS = { security_audit: "s", event_log: "e" } as const;
type PluginName = keyof typeof PLUGINS;

/** Sends `inputs` through an agent and a hub that has the rules of `rules`. */
export async function huntThroughHub(inputs: readonly Input[], rules: string): Promise<Through> {
  const folder = mkdtempSync(join(tmpdir(), "custos-through-"));
  try {
    const data = join(folder, "hub");
    mkdirSync(data, { recursive: true });
    cpSync(rules, join(data, "rules"), { recursive: true });
    await send(inputs, folder);
    return await resultOf(data);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One source a file and plugin; a file without events of the plugin has none. */
async function send(inputs: readonly Input[], folder: string): Promise<void> {
  const sources: Record<string, object> = {};
  let events = 0;
  for (const { name, file } of inputs) {
    for (const plugin of ["security_audit", "event_log"] as const) {
      const counts = await countsOf(file, plugin);
      if (counts.own === 0) continue;
      sources[`${PLUGINS[plugin]}_${name}`] = { plugin, config: { files: [resolve(file)] } };
      events += counts.all;
    }
  }
  const place = {
    program: [process.execPath, join(ROOT, "agent/main.ts")],
    folder: join(folder, "agent"),
  };
  mkdirSync(place.folder);
  await using hub = await startHub(join(folder, "hub"));
  writeConfig(place, { hub: { url: `wss://127.0.0.1:${hub.linkPort}` }, sources });
  writeFileSync(join(folder, "token"), hub.ready.enrollToken);
  await runAgentCommand(place, ["enroll", "--token-file", join(folder, "token")]);
  await using agent = startAgent(place);
  await statusWhen(agent, (status) => {
    const own = status.sources.filter(({ source }) => source !== "custos");
    const read = own.reduce((sum, one) => sum + one.read, 0);
    return read >= events && isAllAcked(status);
  });
  await caughtUp(await hub.client());
}

/** Events of the file, and of those the ones that are the plugin's own. */
async function countsOf(file: string, plugin: PluginName) {
  let own = 0;
  const nothing = (): void => {};
  const { events } = await readFile({
    file,
    plugin: builtinPlugins.get(plugin)!,
    settings: {},
    signal: new AbortController().signal,
    batch(batch) {
      for (let row = 0; row < batch.rows; row++) if (isOf(plugin, batch, row)) own++;
    },
    gap: nothing,
    log: nothing,
  });
  return { all: events, own };
}

function isOf(plugin: PluginName, batch: ColumnBatch, row: number): boolean {
  return (valueOf(batch, "Channel", row) === "Security") === (plugin === "security_audit");
}

function valueOf({ columns }: ColumnBatch, name: string, row: number): Json | undefined {
  const column = columns.find((one) => one.name === name);
  return column === undefined ? undefined : cellOf(column, row);
}

async function resultOf(data: string): Promise<Through> {
  const listed = await listedBy(data);
  const found = new Map<string, number>();
  const ids = new Set<string>();
  let events = 0;
  let frames = 0;
  for await (const { batches, findings } of again(data)) {
    frames += batches.size;
    for (const { batch } of batches.values()) events += batch.rows;
    for (const finding of findings) {
      ids.add(finding.id);
      const pair = pairOf(finding, batches);
      if (pair !== undefined) found.set(pair, (found.get(pair) ?? 0) + 1);
    }
  }
  const unlike = listed.filter(({ id }) => !ids.has(id)).map(({ rule, entry }) =>
    `${rule} ${entry}`
  );
  return { found, events, frames, listed: listed.length, unlike };
}

/** Findings that the hub has saved: events that a Sigma rule has matched. */
async function listedBy(data: string): Promise<readonly Finding[]> {
  await using control = openControl(join(data, "control.sqlite"), "read");
  const sigma = new Set(loadSigma([join(data, "rules")], undefined).rules.map(({ id }) => id));
  return control.all("select finding from detect_finding")
    .map((row) => JSON.parse(String(row["finding"])) as Finding)
    .filter(({ rule, kind }) => kind === "hit" && sigma.has(rule));
}

interface Looked {
  /** By ledger entry. */
  readonly batches: ReadonlyMap<
    number,
    { readonly batch: ColumnBatch; readonly source: string }
  >;
  readonly findings: readonly Finding[];
}

/** Detects in the ledger of a hub that has stopped. */
async function* again(data: string): AsyncGenerator<Looked> {
  const keys = generateKeys();
  await using ledger = await openLedger({
    folder: join(data, "ledger"),
    files: nodeFiles(),
    keys,
    sign: signer(keys.privateKey),
    now: () => 0n,
    newLogId: () => new Uint8Array(8),
  });
  await using control = openControl(":memory:");
  const sigma = loadSigma([join(data, "rules")], undefined);
  await using detect = openDetect({ control, rules: [], sigma, mostFindings: Infinity });
  const items = openItems({ sourceName: sourceNamesOf(ledger) });
  let told = 0;
  while (detect.next < ledger.durable) {
    const taken = await items(await ledger.read(detect.next));
    await detect.take(taken);
    const findings = detect.findings(told, 1_000_000);
    told = findings.at(-1)?.number ?? told;
    const batches = taken.flatMap(({ index, frame }) =>
      frame?.header.kind === "events"
        ? [[index, { batch: frame.batch(), source: frame.source }] as const]
        : []
    );
    yield { batches: new Map(batches), findings: findings.map(({ finding }) => finding) };
  }
}

/** The pair of a finding of one event; undefined where another source has the event, or it is a gap. */
function pairOf({ kind, rule, evidence }: Finding, batches: Looked["batches"]): string | undefined {
  const [one, ...more] = evidence;
  if (kind !== "hit" || one === undefined || more.length > 0) return undefined;
  const { batch, source } = batches.get(one.entry) ?? {};
  if (batch === undefined || source === undefined) return undefined;
  const plugin = source.startsWith("s_") ? "security_audit" : "event_log";
  if (!isOf(plugin, batch, one.row)) return undefined;
  return `${source.slice(2)} ${String(valueOf(batch, "EventRecordId", one.row))} ${rule}`;
}
