/**
 * Makes an input file and the multiset of scrubbed rows that must arrive: computed here, by
 * `createHmac` alone, without any code of the scrubber.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { randomOf } from "../compile/demo/random.ts";
import { base32 } from "../sdk/scrub/token.ts";
import { IIS_HEAD, type IisLine, iisLine } from "./iis_lines.ts";
import { Multiset } from "./multiset.ts";
import { type SyslogLine, syslogLine, worldOf } from "./syslog_lines.ts";

export type Kind = "syslog" | "iis";

export interface Input {
  readonly kind: Kind;
  readonly file: string;
  readonly lines: number;
  readonly bytes: number;
  readonly expected: Multiset;
}

const SEED = 20_261_101;

/** Writes `lines` lines to `file`. `key` is the token key, epoch 1. */
export async function makeInput(
  kind: Kind,
  file: string,
  options: { readonly lines: number; readonly key: Uint8Array; readonly startMs: number },
): Promise<Input> {
  const { lines, key, startMs } = options;
  const world = worldOf(randomOf(SEED));
  const expected = new Multiset();
  const token = tokensOf(key);
  const addressOf = addressTokensOf(key);
  const out = createWriteStream(file);
  let bytes = 0;
  let chunk = kind === "iis" ? IIS_HEAD : "";
  const flush = async (): Promise<void> => {
    bytes += Buffer.byteLength(chunk);
    if (!out.write(chunk)) await once(out, "drain");
    chunk = "";
  };
  for (let n = 0; n < lines; n++) {
    if (kind === "syslog") {
      const line = syslogLine(world, n, startMs);
      expected.add(syslogRow(line, token, addressOf));
      chunk += line.text;
    } else {
      const line = iisLine(world, n, startMs);
      expected.add(iisRow(line, token, addressOf));
      chunk += line.text;
    }
    if (chunk.length > 1 << 20) await flush();
  }
  await flush();
  out.end();
  await once(out, "finish");
  return { kind, file, lines, bytes, expected };
}

type Token = (kind: string, value: string) => string;

function syslogRow(line: SyslogLine, token: Token, addressOf: AddressToken): readonly unknown[] {
  const { timeMs, host, app, pid, message } = line;
  const text = message
    .replaceAll(/\d+\.\d+\.\d+\.\d+/g, (ip) => (ip.endsWith(".0.0.0") ? ip : addressOf(ip)))
    .replaceAll(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, (mac) => token("mac", mac))
    .replaceAll(/[a-z0-9.]+@example\.org/g, (address) => token("user", address));
  return [timeMs, token("value", host), token("value", app), pid ?? null, text];
}

function iisRow(line: IisLine, token: Token, addressOf: AddressToken): readonly unknown[] {
  const { timeMs, method, stem, query, port, user, client, agent, status, taken } = line;
  const name = user === undefined ? null : token("user", user);
  return [timeMs, method, stem, query, port, name, addressOf(client), agent, status, taken];
}

type AddressToken = (address: string) => string;

/** Four bytes of the /16, four of the /24, eight of the address. */
function addressTokensOf(key: Uint8Array): AddressToken {
  const known = new Map<string, string>();
  const mac = (kind: string, text: string): Buffer =>
    createHmac("sha256", key).update(`custos/token/v1\0${kind}\0${text}`).digest();
  return (address) => {
    let text = known.get(address);
    if (text === undefined) {
      const [a, b, c] = address.split(".");
      const token = Buffer.concat([
        mac("ipnet", `${a}.${b}.0.0/16`).subarray(0, 4),
        mac("ipnet", `${a}.${b}.${c}.0/24`).subarray(0, 4),
        mac("ip", address).subarray(0, 8),
      ]);
      text = `ip:1:${base32(token)}`;
      known.set(address, text);
    }
    return text;
  };
}

function tokensOf(key: Uint8Array): Token {
  const known = new Map<string, string>();
  return (kind, value) => {
    const id = `${kind}\0${value.toLowerCase()}`;
    let text = known.get(id);
    if (text === undefined) {
      const mac = createHmac("sha256", key).update(`custos/token/v1\0${id}`).digest();
      text = `${kind}:1:${base32(mac.subarray(0, 16))}`;
      known.set(id, text);
    }
    return text;
  };
}
