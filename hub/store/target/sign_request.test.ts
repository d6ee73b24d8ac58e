import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_HASH, sha256Hex, signedHeaders, type UnsignedRequest } from "./sign_request.ts";

// The examples of "Signature Calculations for the Authorization Header", Amazon S3 API reference.
const HOST = "https://examplebucket.s3.amazonaws.com";
const WITH = {
  credentials: {
    keyId: "AKIAIOSFODNN7EXAMPLE",
    secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  },
  region: "us-east-1",
  now: Date.UTC(2013, 4, 24),
};

const VECTORS: readonly (Partial<UnsignedRequest> & {
  readonly path: string;
  readonly signature: string;
})[] = [
  {
    path: "/test.txt",
    headers: { range: "bytes=0-9" },
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    method: "PUT",
    path: "/test%24file.text",
    headers: {
      date: "Fri, 24 May 2013 00:00:00 GMT",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
    },
    bodyHash: sha256Hex("Welcome to Amazon S3."),
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    path: "/?lifecycle",
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    path: "/?max-keys=2&prefix=J",
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
];

test("signedHeaders() signs Amazon's own examples as Amazon does", () => {
  for (const { path, signature, ...more } of VECTORS) {
    const url = new URL(HOST + path);
    const request = { method: "GET" as const, headers: {}, bodyHash: EMPTY_HASH, url, ...more };
    const { authorization } = signedHeaders(request, WITH);
    assert.equal(authorization?.split("Signature=")[1], signature, path);
  }
});

test("signedHeaders() signs the token of temporary credentials, and tells the secret to nobody", () => {
  const credentials = { ...WITH.credentials, sessionToken: "token" };
  const request = {
    method: "GET" as const,
    headers: {},
    bodyHash: EMPTY_HASH,
    url: new URL(`${HOST}/x`),
  };
  const headers = signedHeaders(request, { ...WITH, credentials });
  assert.equal(headers["x-amz-security-token"], "token");
  assert.match(headers["authorization"]!, /x-amz-security-token/);
  assert.ok(!JSON.stringify(headers).includes(credentials.secret));
});
