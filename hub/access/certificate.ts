/**
 * Makes X.509 certificates of EC P-256 keys (RFC 5280, RFC 5758): an authority's own, and those of
 * servers and clients that it signs.
 *
 * By hand because the choice is small and frozen: one curve, one hash, six extensions.
 *
 * @module
 */
import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { isIP } from "node:net";
import * as d from "./der.ts";

const ECDSA_WITH_SHA256 = d.sequence(d.oid("1.2.840.10045.4.3.2"));
const COMMON_NAME = d.oid("2.5.4.3");
const OID = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
} as const;
const SERVER_AUTH = d.oid("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH = d.oid("1.3.6.1.5.5.7.3.2");

/** What is written into a certificate. */
export interface CertificateFields {
  /** 16 random bytes. */
  readonly serial: Uint8Array;
  /** Common name. */
  readonly subject: string;
  readonly issuer: string;
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The key that is certified; its private half will do. */
  readonly key: KeyObject;
  /** The private key that signs. */
  readonly issuerKey: KeyObject;
  /** Host names and IP addresses of a server; none: it is a client's; absent: an authority's. */
  readonly names?: readonly string[];
}

/** Gives the certificate as PEM. */
export function makeCertificate(fields: CertificateFields): string {
  const content = d.sequence(
    d.context(0, true, d.integer(Uint8Array.of(2))),
    d.integer(Uint8Array.from(fields.serial, (byte, i) => i === 0 ? byte & 0x7f : byte)),
    ECDSA_WITH_SHA256,
    nameOf(fields.issuer),
    d.sequence(d.time(fields.notBefore), d.time(fields.notAfter)),
    nameOf(fields.subject),
    publicKeyOf(fields.key),
    d.context(3, true, d.sequence(...extensionsOf(fields))),
  );
  const signature = sign("sha256", content, fields.issuerKey);
  return pemOf(d.sequence(content, ECDSA_WITH_SHA256, d.bits(signature)));
}

function extensionsOf({ key, issuerKey, names }: CertificateFields): readonly Uint8Array[] {
  const own = d.octets(keyIdOf(key));
  const issuer = d.sequence(d.context(0, false, keyIdOf(issuerKey)));
  const common = [
    extension(OID.subjectKeyIdentifier, own),
    extension(OID.authorityKeyIdentifier, issuer),
  ];
  if (names === undefined) {
    const pathLength = d.integer(Uint8Array.of(0));
    return [
      extension(OID.basicConstraints, d.sequence(d.boolean(true), pathLength), true),
      // Bits 5 and 6: signs certificates and revocation lists.
      extension(OID.keyUsage, d.bits(Uint8Array.of(0b0000_0110), 1), true),
      ...common,
    ];
  }
  return [
    extension(OID.basicConstraints, d.sequence(), true),
    // Bit 0: signs what a handshake exchanges.
    extension(OID.keyUsage, d.bits(Uint8Array.of(0b1000_0000), 7), true),
    ...(names.length === 0 ? [extension(OID.extKeyUsage, d.sequence(CLIENT_AUTH))] : [
      extension(OID.extKeyUsage, d.sequence(SERVER_AUTH)),
      extension(OID.subjectAltName, d.sequence(...names.map(generalName))),
    ]),
    ...common,
  ];
}

function extension(id: string, content: Uint8Array, isCritical = false): Uint8Array {
  const critical = isCritical ? [d.boolean(true)] : [];
  return d.sequence(d.oid(id), ...critical, d.octets(content));
}

function nameOf(commonName: string): Uint8Array {
  return d.sequence(d.set(d.sequence(COMMON_NAME, d.utf8(commonName))));
}

function generalName(name: string): Uint8Array {
  const version = isIP(name);
  if (version === 0) return d.context(2, false, new TextEncoder().encode(name));
  return d.context(7, false, version === 4 ? ipv4Bytes(name) : ipv6Bytes(name));
}

function ipv4Bytes(address: string): Uint8Array {
  return Uint8Array.from(address.split(".").map(Number));
}

function ipv6Bytes(address: string): Uint8Array {
  // The URL parser writes every form, also ones that end in IPv4, as groups of hex.
  const [head = "", tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":").map((g) => parseInt(g, 16));
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = Array<number>(8 - left.length - right.length).fill(0);
  return Uint8Array.from([...left, ...zeros, ...right].flatMap((g) => [g >> 8, g & 255]));
}

function publicKeyOf(key: KeyObject): Uint8Array {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return half.export({ format: "der", type: "spki" });
}

/** RFC 7093 method 1: first 160 bits of SHA-256; the whole key info serves as well as its bits. */
function keyIdOf(key: KeyObject): Uint8Array {
  return createHash("sha256").update(publicKeyOf(key)).digest().subarray(0, 20);
}

function pemOf(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
