/**
 * TLS of listeners: 1.2 or later, with client certificates where the operator wants them.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { TlsOptions } from "node:tls";
import type { TcpOptions } from "./io.ts";

const HANDSHAKE_MS = 10_000;

/** Reads the PEM files. */
export function serverTls({ cert, key, clientCa }: NonNullable<TcpOptions["tls"]>): TlsOptions {
  return {
    cert: readFileSync(cert),
    key: readFileSync(key),
    minVersion: "TLSv1.2",
    handshakeTimeout: HANDSHAKE_MS,
    ...(clientCa !== undefined && {
      ca: readFileSync(clientCa),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
}
