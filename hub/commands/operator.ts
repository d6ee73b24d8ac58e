/**
 * `custos-hub operator`: who may sign that a hub was restored, and the signing.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import {
  isOperatorName,
  parseRollback,
  RollbackError,
  signRollback,
} from "../../sdk/proof/rollback.ts";
import { KeyError, signer, verifier } from "../../sdk/proof/sign.ts";
import { replaceFile } from "../../sdk/runtime/files.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { MOST_OPERATORS, openOperators } from "../access/operators.ts";
import { openControl } from "../control.ts";
import { troubleAt } from "../../sdk/runtime/file_trouble.ts";
import { CONTROL_FILE } from "../listening.ts";
import {
  type Call,
  checkRan,
  choice,
  type Command,
  EXIT,
  required,
  UsageError,
} from "./command.ts";

export const operator: Command = {
  name: "operator",
  summary: "Operators: two of them sign before agents follow a hub that was restored.",
  usage: `key FILE
       custos-hub operator add NAME PUBLICKEY --data DIR
       custos-hub operator list --data DIR
       custos-hub operator remove NAME --data DIR
       custos-hub operator sign STATEMENT --name NAME --key FILE

  key     makes a private key in FILE, on the operator's own machine, and prints the public key
  add     lets the hub tell agents of an operator; do it while all is well: an agent that knows two
          operators takes no other list without enrolling again
  sign    shows a statement of custos-hub restore and adds the operator's signature to the file
  --data  the hub's data folder; works while the hub runs
  --output  text or json`,
  options: {
    data: { type: "string" },
    name: { type: "string" },
    key: { type: "string" },
    output: { type: "string" },
  },
  words: 3,
  run(call) {
    const [verb, ...words] = call.positionals;
    const run = new Map(Object.entries({ key, add, list, remove, sign })).get(verb ?? "");
    if (run !== undefined) return run(call, words);
    const what = verb === undefined ? "no action is named" : `"${verb}" is no action`;
    throw new UsageError(`${what}, must be key, add, list, remove or sign`);
  },
};

async function key(call: Call, [file]: readonly string[]): Promise<number> {
  if (file === undefined) throw new UsageError("the file for the key is missing");
  if (existsSync(file)) throw new UsageError(`${file} is there already, name a new file`);
  const { publicKey } = await loadOrCreateKeys(nodeFiles(), file);
  const hex = Buffer.from(publicKey).toString("hex");
  call.out(isJson(call) ? `${JSON.stringify({ file, publicKey: hex })}\n` : `${hex}\n`);
  return EXIT.ok;
}

async function add(call: Call, [name, hex = ""]: readonly string[]): Promise<number> {
  const publicKey = publicKeyOf(hex);
  await using operators = open(call);
  if (operators.add({ name: nameOf(name), publicKey }, call.now())) return EXIT.ok;
  call.err(
    `Cannot add operator: the name or the key is there already, or ${MOST_OPERATORS} are, see ` +
      "custos-hub operator list",
  );
  return EXIT.failed;
}

async function list(call: Call): Promise<number> {
  await using operators = open(call);
  for (const { name, publicKey } of operators.list()) {
    const hex = Buffer.from(publicKey).toString("hex");
    call.out(isJson(call) ? `${JSON.stringify({ name, publicKey: hex })}\n` : `${name}  ${hex}\n`);
  }
  return EXIT.ok;
}

async function remove(call: Call, [name]: readonly string[]): Promise<number> {
  await using operators = open(call);
  if (operators.remove(nameOf(name))) return EXIT.ok;
  call.err(`Cannot remove operator: there is no "${name}", see custos-hub operator list`);
  return EXIT.failed;
}

async function sign(call: Call, [file]: readonly string[]): Promise<number> {
  const trouble = file === undefined ? "none is named" : troubleAt(file);
  if (file === undefined || trouble !== undefined) {
    throw new UsageError(`STATEMENT must be the file that custos-hub restore named: ${trouble}`);
  }
  const keyFile = required(call, "key");
  const keyTrouble = troubleAt(keyFile);
  if (keyTrouble !== undefined) throw new UsageError(`--key is "${keyFile}": ${keyTrouble}`);
  const name = nameOf(required(call, "name"));
  const keys = await loadOrCreateKeys(nodeFiles(), keyFile);
  const statement = readFileSync(file, "utf8");
  try {
    const { note } = parseRollback(statement);
    const signed = signRollback(note, { name, publicKey: keys.publicKey }, signer(keys.privateKey));
    await replaceFile(nodeFiles(), file, new TextEncoder().encode(signed));
    call.out(isJson(call) ? `${JSON.stringify({ event: "signed", name, file })}\n` : signed);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof RollbackError)) throw error;
    call.err(error.message);
    return EXIT.failed;
  }
}

function open(call: Call) {
  const folder = required(call, "data");
  const path = join(folder, CONTROL_FILE);
  checkRan(folder, path);
  const control = openControl(path);
  return {
    ...openOperators(control),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}

function nameOf(name: string | undefined): string {
  if (name !== undefined && isOperatorName(name)) return name;
  throw new UsageError("the operator's name must be a word in lower case, such as kim");
}

function publicKeyOf(hex: string): Uint8Array {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  try {
    if (hex.length === 2 * bytes.length) {
      verifier(bytes);
      return bytes;
    }
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
  }
  throw new UsageError("PUBLICKEY must be the 64 hex digits that custos-hub operator key prints");
}

function isJson(call: Call): boolean {
  return choice(call, "output", ["text", "json"]) === "json";
}
