/**
 * `custos spool ls|verify|export`: looks into the disk queue; never changes it.
 *
 * @module
 */
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { rowOf } from "../../sdk/columns/cell.ts";
import { verifier } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { decodeBody, verifyFrame } from "../../sdk/wire/frame.ts";
import { loadIdentity } from "../identity.ts";
import { type SpooledFrame, verifySpool, walkSpool } from "../spool/inspect.ts";
import { readConfig } from "./check.ts";
import { type Call, type Command, EXIT, required, text, UsageError } from "./command.ts";

export const spool: Command = {
  name: "spool",
  summary: "Lists, verifies or exports the frames in the spool",
  usage: `ls|verify|export [-c FILE | --data-dir DIR]

  ls                    one line a frame: source, epoch, seq, rows, bytes, state
  verify                checks every record, signature, body and chain; exits with 5 if one is bad
  export --to FILE      copies all frames, each after its length as 4 bytes, big-endian
  export --events       prints the (scrubbed) events, one JSON object a line

The agent may run meanwhile.`,
  options: {
    "data-dir": { type: "string" },
    to: { type: "string" },
    events: { type: "boolean" },
  },
  async run(call) {
    const [what, ...rest] = call.positionals;
    if (rest.length > 0) throw new UsageError(`"${rest.join(" ")}" is too much`);
    const dataDir = text(call, "data-dir") ?? (await readConfig(call)).config.agent.data_dir;
    switch (what) {
      case "ls":
        return await list(call, join(dataDir, "spool"));
      case "verify":
        return await verify(call, dataDir);
      case "export":
        return await (call.values["events"] === true ? printEvents : copy)(call, dataDir);
      default:
        throw new UsageError(
          `${
            what === undefined ? "no action is named" : `"${what}" is no action`
          }, must be ls, verify or export`,
        );
    }
  },
};

async function list(call: Call, folder: string): Promise<number> {
  let isWhole = true;
  for await (const item of walkSpool(nodeFiles(), folder)) {
    if (item.kind === "problem") {
      isWhole = false;
      call.err(`Damaged: ${item.path} at byte ${item.offset}: ${item.why}`);
    } else await call.out(call.json ? `${JSON.stringify(factsOf(item))}\n` : lineOf(item));
  }
  return isWhole ? EXIT.ok : EXIT.integrity;
}

async function verify(call: Call, dataDir: string): Promise<number> {
  const { publicKey } = await loadIdentity(dataDir);
  const problems = [];
  for await (
    const problem of verifySpool(nodeFiles(), join(dataDir, "spool"), verifier(publicKey))
  ) {
    problems.push(problem);
    if (!call.json) call.err(`Damaged: ${problem.path} at byte ${problem.offset}: ${problem.why}`);
  }
  const isWhole = problems.length === 0;
  const verdict = isWhole ? "Every record, signature, body and chain is as it was sealed" : "";
  await call.out(call.json ? `${JSON.stringify({ ok: isWhole, problems })}\n` : `${verdict}\n`);
  return isWhole ? EXIT.ok : EXIT.integrity;
}

async function copy(call: Call, dataDir: string): Promise<number> {
  const out = createWriteStream(required(call, "to"), { mode: 0o600 });
  let frames = 0;
  for await (const item of walkSpool(nodeFiles(), join(dataDir, "spool"))) {
    if (item.kind === "problem") continue;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(item.bytes.length);
    if (!out.write(Buffer.concat([length, item.bytes]))) await once(out, "drain");
    frames++;
  }
  out.end();
  await once(out, "finish");
  call.err(`${frames} frames`);
  return EXIT.ok;
}

async function printEvents(call: Call, dataDir: string): Promise<number> {
  const { publicKey } = await loadIdentity(dataDir);
  const isOurs = verifier(publicKey);
  for await (const item of walkSpool(nodeFiles(), join(dataDir, "spool"))) {
    if (item.kind === "problem") continue;
    const { bytes, header, source } = item;
    verifyFrame(bytes, header, isOurs);
    const { batch } = decodeBody(bytes, header);
    for (let row = 0; row < batch.rows; row++) {
      await call.out(`${JSON.stringify({ source, table: batch.table, row: rowOf(batch, row) })}\n`);
    }
  }
  return EXIT.ok;
}

function factsOf({ path, offset, bytes, header, source, acked }: SpooledFrame) {
  const { kind, epoch, seq, rows, groupLast } = header;
  return { source, epoch, seq, kind, rows, bytes: bytes.length, acked, groupLast, path, offset };
}

function lineOf(frame: SpooledFrame): string {
  const { source, epoch, seq, kind, rows, bytes, acked } = factsOf(frame);
  const state = acked ? "acknowledged" : "waiting";
  return `${source.padEnd(16)} ${epoch}/${seq} ${kind} ${rows} rows ${bytes} bytes ${state}\n`;
}
