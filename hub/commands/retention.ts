/**
 * `custos-hub retention`: how long events are kept, what was deleted and what will be.
 *
 * @module
 */
import {
  getRetention,
  listReceipts,
  planRetention,
  type RetentionStatus,
  runRetention,
} from "../../sdk/api/retention.ts";
import { type Call, choice, type Command, EXIT, text, UsageError } from "./command.ts";
import { clientUsage, withHub } from "./hub_client.ts";
import { tableText } from "./table_text.ts";

export const retention: Command = {
  name: "retention",
  summary: "Shows what is kept how long, what was deleted and what will be.",
  usage: `status
       custos-hub retention plan
       custos-hub retention run [--accept-clock]
       custos-hub retention receipts [--limit N]

  status    the policy, what waits for witnesses, and what somebody should look at
  plan      what would be deleted now, by table; deletes nothing
  run       does now what the hub does once a day: writes tombstones for what is due, and deletes
            what witnesses have signed
  receipts  what was deleted, newest first: GET /proof/frame?index=N proves the ledger entries of a
            tombstone and of its receipt
  --accept-clock  the hub's clock is right although it has moved on by days, or back
  --limit   default 100
${clientUsage("status:read")}; run needs retention:write
  --output  text or json`,
  options: {
    hub: { type: "string" },
    key: { type: "string" },
    limit: { type: "string" },
    "accept-clock": { type: "boolean" },
    output: { type: "string" },
  },
  words: 1,
  run(call) {
    const [verb] = call.positionals;
    const run = new Map(Object.entries({ status, plan, run: runNow, receipts })).get(verb ?? "");
    if (run !== undefined) return run(call);
    const what = verb === undefined ? "no action is named" : `"${verb}" is no action`;
    throw new UsageError(`${what}, must be status, plan, run or receipts`);
  },
};

function status(call: Call): Promise<number> {
  return withHub(call, "status:read", async (hub) => {
    const found = await hub.call(getRetention, { signal: call.signal });
    call.out(isJson(call) ? `${JSON.stringify(found)}\n` : statusText(found));
    return EXIT.ok;
  });
}

function statusText({ policy, lastRun, holds, waiting, deleted, problems }: RetentionStatus) {
  const tables = Object.entries(policy.tables).map(([table, days]) => ({ table, ...days }));
  const all = { table: "(all others)", frames: policy.frames, parquet: policy.parquet };
  const waits = waiting.oldest === null
    ? "No tombstone waits"
    : `${waiting.tombstones} tombstones wait, ${waiting.bytes} bytes, the oldest since ${waiting.oldest}`;
  return [
    "Days that events are kept:\n",
    tableText(["table", "frames", "parquet"], [...tables, all]),
    `Last run: ${lastRun ?? "never"}. Holds: ${holds}. ${waits}.\n`,
    `Deleted so far: ${deleted.bytes} bytes, ${deleted.rows} rows, ${deleted.tombstones} tombstones.\n`,
    ...problems.map((problem) => `! ${problem}\n`),
  ].join("");
}

const PLAN_COLUMNS = [
  ...["table", "frames", "frameRows", "frameBytes", "framesBefore"],
  ...["files", "fileRows", "fileBytes", "filesBefore"],
];

function plan(call: Call): Promise<number> {
  return withHub(call, "status:read", async (hub) => {
    const found = await hub.call(planRetention, { signal: call.signal });
    if (isJson(call)) call.out(`${JSON.stringify(found)}\n`);
    else {
      call.out(
        found.tables.length === 0 ? "Nothing is due\n" : tableText(PLAN_COLUMNS, found.tables),
      );
      if (found.heldFrames + found.heldFiles > 0) {
        call.out(`Under hold: ${found.heldFrames} frames, ${found.heldFiles} files\n`);
      }
    }
    return EXIT.ok;
  });
}

function runNow(call: Call): Promise<number> {
  const body = { acceptClock: call.values["accept-clock"] === true };
  return withHub(call, "retention:write", async (hub) => {
    const done = await hub.call(runRetention, { body, signal: call.signal });
    const { written, deleted, withdrawn, rows, bytes, waiting } = done;
    call.out(
      isJson(call)
        ? `${JSON.stringify(done)}\n`
        : `${written} tombstones written, ${deleted} carried out (${rows} rows, ${bytes} bytes), ` +
          `${withdrawn} withdrawn, ${waiting} wait for witnesses or queries\n`,
    );
    return EXIT.ok;
  });
}

const RECEIPT_COLUMNS = [
  ...["tombstone", "ended", "state", "what", "table", "frames", "rows", "bytes", "first", "last"],
  ...["path", "endedAt"],
];

function receipts(call: Call): Promise<number> {
  const limit = text(call, "limit") ?? "100";
  return withHub(call, "status:read", async (hub) => {
    const page = await hub.call(listReceipts, { query: { limit }, signal: call.signal });
    if (isJson(call)) { for (const one of page.receipts) call.out(`${JSON.stringify(one)}\n`); }
    else if (page.receipts.length === 0) call.out("Nothing was deleted yet\n");
    else call.out(tableText(RECEIPT_COLUMNS, page.receipts));
    return EXIT.ok;
  });
}

function isJson(call: Call): boolean {
  return choice(call, "output", ["text", "json"]) === "json";
}
