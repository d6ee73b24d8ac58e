/**
 * Self-signed certificates for tests of listeners, by node:crypto alone (RFC 5280 §4.1, DER).
 *
 * @module
 */
import { generateKeyPairSync, sign } from "node:crypto";

/** PEM texts. The certificate is its own CA and names 127.0.0.1. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = der(SEQUENCE, oid("2a8648ce3d040302"));
const COMMON_NAME = "550403";
const BASIC_CONSTRAINTS = "551d13";
const SUBJECT_ALT_NAME = "551d11";

/** A new P-256 key with a certificate valid from the day before `now` to the day after. */
export function selfSigned(name: string, now = Date.now()): Identity {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, oid(COMMON_NAME), der(0x0c, text(name)))));
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, Uint8Array.of(1)),
    ECDSA_WITH_SHA256,
    subject,
    der(SEQUENCE, time(now - DAY_MS), time(now + DAY_MS)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(SEQUENCE, isCa(), alternativeName())),
  );
  const signature = sign("sha256", body, privateKey);
  const cert = der(SEQUENCE, body, ECDSA_WITH_SHA256, der(0x03, Uint8Array.of(0), signature));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64(cert)}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function isCa(): Uint8Array {
  const value = der(SEQUENCE, der(0x01, Uint8Array.of(0xff)));
  return der(SEQUENCE, oid(BASIC_CONSTRAINTS), der(0x01, Uint8Array.of(0xff)), der(0x04, value));
}

function alternativeName(): Uint8Array {
  const value = der(SEQUENCE, der(0x87, Uint8Array.of(127, 0, 0, 1)));
  return der(SEQUENCE, oid(SUBJECT_ALT_NAME), der(0x04, value));
}

/** One tag with its content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const n = content.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Uint8Array.of(tag, ...length), content]);
}

function oid(hex: string): Uint8Array {
  return der(0x06, Buffer.from(hex, "hex"));
}

/** GeneralizedTime. */
function time(ms: number): Uint8Array {
  return der(0x18, text(`${new Date(ms).toISOString().replaceAll(/\D/g, "").slice(0, 14)}Z`));
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll(/.{64}/g, "$&\n");
}
