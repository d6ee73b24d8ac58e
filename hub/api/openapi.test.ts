import assert from "node:assert/strict";
import { test } from "node:test";
import { ROUTES } from "../../sdk/api/routes.ts";
import { openApi } from "./openapi.ts";

test("openApi() has one operation a route, each with a summary, replies and its scope", () => {
  const { paths } = openApi(ROUTES, "1");
  for (const route of ROUTES) {
    const operation = paths[route.path.replaceAll(/:(\w+)\+?/g, "{$1}")]
      ?.[route.method.toLowerCase()];
    assert.equal(operation?.summary, route.summary);
    assert.ok(operation?.responses);
    if (route.scope.includes(":")) {
      assert.match(JSON.stringify(operation.security), new RegExp(route.scope));
    }
  }
});

test("openApi() describes parameters and bodies as callers write them", () => {
  const { paths } = openApi(ROUTES, "1");
  const list = JSON.stringify(paths["/v1/alerts"]?.get?.parameters);
  assert.match(list, /"name":"state","in":"query","required":false,"schema":\{"enum"/);
  assert.match(
    JSON.stringify(paths["/v1/alerts/{id}"]?.get?.parameters),
    /"name":"id","in":"path"/,
  );
  const body = JSON.stringify(paths["/v1/events/query"]?.post?.requestBody);
  assert.match(body, /"required":\["table"\]/);
  assert.match(body, /"maximum":10000/);
});
