/**
 * How the key holder's secrets stand in its file: as they are, or wrapped by a key management
 * system (KMS) that an external program asks.
 *
 * The program is run once a secret, without arguments. On its standard input it gets one JSON
 * object, on its standard output it must give one, and end with 0:
 *
 * | asked                                            | answer              |
 * | ------------------------------------------------ | ------------------- |
 * | `{"op":"wrap","name":NAME,"plain":BASE64}`       | `{"wrapped":TEXT}`  |
 * | `{"op":"unwrap","name":NAME,"wrapped":TEXT}`     | `{"plain":BASE64}`  |
 *
 * NAME is `signing`, `reveal`, `reveal:N` from the second reveal key on, or `token:EPOCH`: what a KMS may bind the wrapping to. Nothing of
 * either stream is shown or logged.
 *
 * @module
 */
import { spawn } from "node:child_process";
import * as v from "valibot";

/** A secret of 32 bytes cannot be stored or read. */
export class SecretError extends Error {
  override readonly name = "SecretError";
  readonly code: "form" | "command";

  constructor(code: SecretError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface Secrets {
  wrap(name: string, plain: Uint8Array): Promise<string>;
  unwrap(name: string, wrapped: string): Promise<Uint8Array>;
}

const MOST_ANSWER_BYTES = 64 * 1024;
const TIMEOUT_MS = 30_000;

/** Hex in the holder's own file, whose mode is what protects it. */
export const plainSecrets: Secrets = {
  wrap: (_, plain) => Promise.resolve(Buffer.from(plain).toString("hex")),
  unwrap: async (name, wrapped) =>
    await Promise.resolve(secretOf(name, Buffer.from(wrapped, "hex"))),
};

/** Asks `program`. */
export function commandSecrets(program: string): Secrets {
  return {
    async wrap(name, plain) {
      const asked = { op: "wrap", name, plain: Buffer.from(plain).toString("base64") };
      return (await ask(program, asked, v.object({ wrapped: v.string() }))).wrapped;
    },
    async unwrap(name, wrapped) {
      const asked = { op: "unwrap", name, wrapped };
      const { plain } = await ask(program, asked, v.object({ plain: v.string() }));
      return secretOf(name, Buffer.from(plain, "base64"));
    },
  };
}

function secretOf(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 32) return new Uint8Array(bytes);
  throw new SecretError("form", `Cannot read secret ${name}: it has ${bytes.length} bytes, not 32`);
}

async function ask<S extends v.GenericSchema>(
  program: string,
  asked: object,
  answer: S,
): Promise<v.InferOutput<S>> {
  const text = await run(program, JSON.stringify(asked));
  try {
    return v.parse(answer, JSON.parse(text));
  } catch {
    // The cause would show the answer.
    throw new SecretError("command", `Cannot ask ${program}: its answer is not the documented one`);
  }
}

function run(program: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new SecretError("command", `Cannot ask ${program}: ${why}`));
    const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"], timeout: TIMEOUT_MS });
    let output = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (chunk: string) => {
      output += chunk;
      if (output.length > MOST_ANSWER_BYTES) child.kill("SIGKILL");
    });
    child.on("error", () => fail("it does not run, must be a program that this user may run"));
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else fail(`it ended with ${code ?? "a signal"}, must end with 0`);
    });
    // A program that does not read its input must not end us.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
