/**
 * `custos-hub witness`: cosigns the checkpoints of other people's logs.
 *
 * @module
 */
import { join } from "node:path";
import { LOG_LEVELS, type LogLevel, logOf, openLog } from "../../sdk/log.ts";
import {
  formatVerifierKey,
  NOTE_TYPE,
  type NoteKey,
  parseVerifierKey,
} from "../../sdk/proof/checkpoint.ts";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { signer } from "../../sdk/proof/sign.ts";
import { FilesError } from "../../sdk/runtime/files.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { parseAddress } from "../config.ts";
import { serveWitness } from "../witness/serve.ts";
import { openWitness } from "../witness/witness.ts";
import { type Call, choice, type Command, EXIT, required, text, UsageError } from "./command.ts";

export const witness: Command = {
  name: "witness",
  summary: "Cosigns checkpoints of logs that continue what it has seen of them.",
  usage: `--data DIR --name NAME --log KEY [--log KEY …] [--listen ADDRESS:PORT]

  --data       folder of the witness's key and of what it has cosigned; made if it is missing
  --name       names the witness for ever, such as witness.example/w1
  --log        verifier key of a log, as custos-hub serve tells its own; may be given often
  --listen     where logs come (default: 127.0.0.1:4312); HTTP without TLS
  --output     text or json
  --log-level  ${LOG_LEVELS.join(", ")} (default: info)

It speaks C2SP tlog-witness. Let it run on a machine that whoever has the hub does not have.`,
  options: {
    data: { type: "string" },
    name: { type: "string" },
    log: { type: "string", multiple: true },
    listen: { type: "string" },
    output: { type: "string" },
    "log-level": { type: "string" },
  },
  async run(call) {
    const folder = required(call, "data");
    const name = required(call, "name");
    if (/[\s\u0085+]/u.test(name) || name === "") {
      throw new UsageError(`--name is "${name}", must be a name without spaces and "+"`);
    }
    const logs = logsOf(call);
    const address = addressOf(call);
    const isJson = choice(call, "output", ["text", "json"]) === "json";
    const level = choice<LogLevel>(call, "log-level", ["info", ...LOG_LEVELS]);
    const form = isJson ? "json" : "text";
    openLog({ level, form, write: (line) => call.err(line.trimEnd()) });
    using _lock = lock(folder);
    const files = nodeFiles();
    const keys = await loadOrCreateKeys(files, join(folder, "witness.key"));
    const key = { name, publicKey: keys.publicKey };
    const judge = await openWitness({
      ...{ files, key, logs },
      folder: join(folder, "logs"),
      sign: signer(keys.privateKey),
      now: () => call.now(),
      log: logOf("witness"),
    });
    await using server = serveWitness(address, judge);
    const verifierKey = formatVerifierKey(key, NOTE_TYPE.cosignature);
    const ready = { event: "ready", url: server.url, key: verifierKey };
    call.out(
      isJson
        ? `${JSON.stringify(ready)}\n`
        : `Witness   ${server.url}\nKey       ${verifierKey}\nLogs      ${
          logs.map((one) => one.name).join(", ")
        }\n`,
    );
    await stopped(call.signal);
    return EXIT.ok;
  },
};

function logsOf(call: Call): readonly NoteKey[] {
  const given = call.values["log"];
  const words = Array.isArray(given) ? given : [];
  if (words.length === 0) throw new UsageError("--log is missing");
  const logs = words.map((word) => {
    const key = parseVerifierKey(String(word), NOTE_TYPE.ed25519);
    if (key === undefined) {
      throw new UsageError(`--log is "${word}", must be a verifier key: NAME+ID+KEY`);
    }
    return key;
  });
  const twice = logs.find(({ name }, i) => logs.findIndex((one) => one.name === name) !== i);
  if (twice === undefined) return logs;
  throw new UsageError(`--log names "${twice.name}" twice, must be one key a log`);
}

function addressOf(call: Call) {
  const value = text(call, "listen") ?? "127.0.0.1:4312";
  const address = parseAddress(value);
  if (address !== undefined) return address;
  throw new UsageError(`--listen is "${value}", must be an address such as 127.0.0.1:4312`);
}

/** Two of them on one folder would each cosign another history. */
function lock(folder: string): Disposable {
  const files = nodeFiles();
  files.makeFolder(folder);
  try {
    const release = files.lock(join(folder, "lock"));
    return { [Symbol.dispose]: release };
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== "in-use") throw error;
    throw new UsageError(`--data is "${folder}", another witness runs there`);
  }
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
