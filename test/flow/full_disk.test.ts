/**
 * A disk that is full, or a spool that has used up its budget, while the hub is away: what cannot
 * be asked again is shed and counted, what can waits, and the agent stays up.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { freePort } from "../../compile/demo/sources.ts";
import { listSources } from "../../sdk/api/status.ts";
import { cellOf, rowOf } from "../../sdk/columns/cell.ts";
import type { HubClient } from "../../sdk/client/client.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import { openRelay } from "./relay.ts";
import {
  type AgentPlace,
  type AgentStatus,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  type TestAgent,
  writeConfig,
} from "./test_agent.ts";
import { caughtUp, startHub, type TestHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const MIB = 1024 ** 2;
/** More than the spool takes, although it is compressed. */
const FILE_LINES = 120_000;
const TEST_MS = 120_000;
const NET = Buffer.from(streamIdOf("net"));

const work = mkdtempSync(join(tmpdir(), "custos-full-"));
after(() => {
  // Again, for a test that did not come to its end.
  disk?.[Symbol.dispose]();
  rmSync(work, { recursive: true });
});

test("a spool that is full sheds what cannot be asked again, and says so once it can", {
  timeout: TEST_MS,
}, async () => {
  const folder = join(work, "budget");
  mkdirSync(folder);
  await using scene = await openScene(folder, { max_bytes: "8MiB", free_space_floor: "0B" });
  await fillAndEmpty(scene);
  await checkLedger(scene);
});

const disk = mountSmallDisk();

test("a disk that is full does the same", {
  timeout: TEST_MS,
  skip: disk === undefined ? "no file system may be mounted here" : false,
}, async () => {
  assert.ok(disk !== undefined);
  using _mounted = disk;
  const { bavail, bsize } = statfsSync(disk.path);
  assert.ok(bavail * bsize < 16 * MIB, "it is no small disk");
  // Its budget is more than the disk has.
  await using scene = await openScene(disk.path, { max_bytes: "32MiB", free_space_floor: "0B" });
  await fillAndEmpty(scene);
  await checkLedger(scene);
});

interface Scene extends AsyncDisposable {
  readonly place: AgentPlace;
  readonly relay: Awaited<ReturnType<typeof openRelay>>;
  readonly hub: TestHub;
  readonly hubFolder: string;
  readonly agent: TestAgent;
  readonly port: number;
  /** Of the listener, by number. */
  readonly sent: { count: number };
}

/** An agent whose hub is away, and whose spool has little room. */
async function openScene(folder: string, spool: object): Promise<Scene> {
  const hubFolder = mkdtempSync(join(work, "hub-"));
  const hub = await startHub(hubFolder);
  const relay = await openRelay();
  relay.target = hub.linkPort;
  const port = await freePort(0);
  const logs = join(hubFolder, "..", `logs-${port}.log`);
  writeFileSync(logs, fileLines());
  const place: AgentPlace = {
    program: [process.execPath, join(ROOT, "agent", "main.ts")],
    folder,
  };
  writeConfig(place, {
    spool,
    sources: {
      file: { plugin: "syslog", config: { files: [logs], timezone: "UTC" } },
      net: { plugin: "syslog", config: { listen: [`tcp:127.0.0.1:${port}`] } },
    },
  });
  const link = `wss://127.0.0.1:${relay.port}`;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", hub.ready.enrollToken]);
  relay.target = undefined;
  const agent = startAgent(place);
  return {
    place,
    relay,
    hub,
    hubFolder,
    agent,
    port,
    sent: { count: 0 },
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      relay[Symbol.dispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

async function fillAndEmpty(scene: Scene): Promise<void> {
  const { agent, relay, hub } = scene;
  const client = await hub.client();
  await statusWhen(
    agent,
    (status) =>
      /there is no room|the spool is full/.test(of(status, "file").why) &&
      of(status, "net").state === "running",
  );
  const sender = connect(scene.port, "127.0.0.1");
  await once(sender, "connect");
  const full = await statusWhen(agent, (status) => {
    send(scene, sender, 500);
    return of(status, "net").shed > 0;
  });
  assert.equal(of(full, "file").shed, 0, "what can be asked again was shed");
  assert.ok(of(full, "file").read < FILE_LINES, "the file was read although there was no room");

  relay.target = hub.linkPort;
  const empty = await statusWhen(agent, (status) => {
    send(scene, sender, 1);
    return of(status, "file").acked === FILE_LINES && of(status, "net").gaps > 0;
  });
  assert.equal(of(empty, "file").shed, 0);
  sender.end();
  await statusWhen(
    agent,
    (status) => of(status, "net").read === scene.sent.count && isAllAcked(status),
  );
  await checkConservation(client);
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await runAgentCommand(scene.place, ["spool", "verify"]);
  await caughtUp(client);
  await hub[Symbol.asyncDispose]();
}

function of({ sources }: AgentStatus, name: string): AgentStatus["sources"][number] {
  const found = sources.find(({ source }) => source === name);
  assert.ok(found !== undefined, `there is no source ${name}`);
  return found;
}

/** Sends so many more lines, each with its number. */
function send({ sent }: Scene, sender: Socket, lines: number): void {
  let text = "";
  for (let i = 0; i < lines; i++) {
    text += `<34>1 2026-06-30T10:00:00Z host net ${sent.count++} - - hello\n`;
  }
  sender.write(text);
}

/** Each counter that the agent has sent of its sources leaves nothing out. */
async function checkConservation(client: HubClient): Promise<void> {
  const { sources } = await client.call(listSources, {});
  for (const { source, conservation } of sources) {
    assert.notEqual(conservation?.holds, false, `events of ${source} are not conserved`);
  }
}

/** All lines of the file once; of the listener's each once or in a gap's count and interval. */
async function checkLedger({ hubFolder, sent }: Scene): Promise<void> {
  const times = { file: new Map<number, number>(), net: new Map<number, number>() };
  let shed = 0;
  for await (const { header, batch } of ledgerFrames(join(hubFolder, "ledger"))) {
    // The agent's own counters were shed as well: they are not what was sent here.
    if (header.kind === "gap" && NET.equals(header.stream)) {
      for (let row = 0; row < batch.rows; row++) shed += shedIn(rowOf(batch, row));
    }
    if (batch.table !== "Syslog") continue;
    const columnOf = (wanted: string) => batch.columns.find(({ name }) => name === wanted)!;
    for (let row = 0; row < batch.rows; row++) {
      const from = cellOf(columnOf("ProcessName"), row) === "net" ? times.net : times.file;
      const n = Number(cellOf(columnOf("ProcessID"), row));
      from.set(n, (from.get(n) ?? 0) + 1);
    }
  }
  assert.equal(times.file.size, FILE_LINES);
  assert.ok([...times.file.values(), ...times.net.values()].every((count) => count === 1));
  assert.ok(shed > 0, "no gap tells what was shed");
  assert.equal(times.net.size + shed, sent.count);
}

function shedIn(gap: Readonly<Record<string, unknown>>): number {
  const { Reason, Count, From, To } = gap;
  assert.equal(Reason, "ring-overflow", JSON.stringify(gap));
  assert.ok(typeof From === "string" && typeof To === "string" && From <= To, "no interval");
  return Number(Count);
}

/** Lines that compress badly: the spool is full sooner. */
function fileLines(): string {
  let state = 1;
  const word = (): string => {
    state = Math.imul(state, 1_103_515_245) + 12_345 >>> 0;
    return state.toString(36);
  };
  let text = "";
  for (let n = 0; n < FILE_LINES; n++) {
    const words = Array.from({ length: 14 }, word).join(" ");
    text += `<34>1 2026-06-30T10:00:00Z host file ${n} - - ${words}\n`;
  }
  return text;
}

/** A file system of a few MiB, where we may mount one. */
function mountSmallDisk(): Disposable & { readonly path: string } | undefined {
  const path = join(work, "disk");
  mkdirSync(path);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", path]);
  if (mounted.status !== 0) {
    console.log("not run: a real full disk, for no file system may be mounted here");
    return undefined;
  }
  return { path, [Symbol.dispose]: () => void spawnSync("umount", [path]) };
}
