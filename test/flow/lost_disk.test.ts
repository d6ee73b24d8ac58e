/**
 * An agent whose disk was lost, with its keys, its spool and the logs on it. docs/disaster.md tells
 * how it comes back.
 *
 * @module
 */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { createEnrolToken, revokeAgent } from "../../sdk/api/agents.ts";
import { listAlerts } from "../../sdk/api/alerts.ts";
import { countLines } from "./counted_lines.ts";
import {
  type AgentPlace,
  type AgentStatus,
  dataOf,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { caughtUp, startHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const Enrolled = v.looseObject({ agent: v.string() });

const work = mkdtempSync(join(tmpdir(), "custos-disk-"));
after(() => rmSync(work, { recursive: true }));
const hubFolder = join(work, "hub");

function placeIn(name: string): AgentPlace {
  const place = {
    program: [process.execPath, join(ROOT, "agent", "main.ts")],
    folder: join(work, name),
  };
  mkdirSync(place.folder, { recursive: true });
  const files = [join(place.folder, "messages.log")];
  writeConfig(place, { sources: { sys: { plugin: "syslog", config: { files } } } });
  return place;
}

/** Lines `from` to `to` - 1. */
function write({ folder }: AgentPlace, from: number, to: number): void {
  const lines = Array.from(
    { length: to - from },
    (_, n) => `<34>1 2026-06-30T10:00:00Z h app ${from + n} - - m\n`,
  );
  appendFileSync(join(folder, "messages.log"), lines.join(""));
}

const hasRead = (lines: number) => ({ sources }: AgentStatus): boolean =>
  sources.some(({ source, sealed }) => source === "sys" && sealed === lines);

async function enrolled(place: AgentPlace, link: string, token: string): Promise<string> {
  const words = ["enroll", "--hub", link, "--token", token];
  return v.parse(Enrolled, (await runAgentCommand(place, words))[0]).agent;
}

test("an agent with a new disk is a new one; what the old one held is an alert, and stays out", {
  timeout: 180_000,
}, async () => {
  const place = placeIn("host");
  const first = await startHub(hubFolder);
  const { link, enrollToken } = first.ready;
  const old = await enrolled(place, link, enrollToken);
  {
    const agent = startAgent(place);
    write(place, 0, 300);
    await statusWhen(agent, (status) => hasRead(300)(status) && isAllAcked(status));
    await first[Symbol.asyncDispose]();
    // These are on the old disk alone.
    write(place, 300, 350);
    await statusWhen(agent, hasRead(350));
    process.kill(agent.pid, "SIGKILL");
    await agent.ended;
  }
  const found = placeIn("found");
  renameSync(dataOf(place), dataOf(found));
  rmSync(join(place.folder, "messages.log"));

  await using hub = await startHub(hubFolder, ["--link", `127.0.0.1:${first.linkPort}`]);
  const client = await hub.client();
  const { token } = await client.call(createEnrolToken, { body: {} });
  const fresh = await enrolled(place, link, token);
  assert.notEqual(fresh, old);
  const body = { why: "its disk was lost" };
  await client.call(revokeAgent, { params: { id: old }, body });
  const agent = startAgent(place);
  write(place, 350, 600);
  await statusWhen(agent, (status) => hasRead(250)(status) && isAllAcked(status));
  await agent[Symbol.asyncDispose]();

  await caughtUp(client);
  const { alerts } = await client.call(listAlerts, { query: {} });
  const again = alerts.find(({ rule }) => rule === "host-enrolled-again");
  assert.equal(again?.entity, `_Agent=${old}`);
  assert.match(again.summary, new RegExp(`enrolled as ${fresh}`));
  // The old disk is found and started after all: it gets no further than its name.
  {
    await using _back = startAgent(found);
    await statusWhen(_back, ({ troubles }) => troubles.some((why) => /revoked/.test(why)));
  }
  await hub[Symbol.asyncDispose]();
  const { syslog, gaps } = await countLines(hubFolder, { syslogLines: 600, iisLines: 0 });
  assert.deepEqual(gaps, []);
  assert.deepEqual(syslog, {
    lines: 600,
    lost: Array.from({ length: 50 }, (_, n) => 300 + n),
    doubled: [],
  });
});
